// What an import wrote.
namespace XClassFlow.Cli;

/// <param name="Samples">Samples in the file.</param>
/// <param name="Classes">Classes in the file.</param>
/// <param name="TestSamples">Samples in the held-out file.</param>
internal sealed record ImportOutcome(long Samples, long Classes, long TestSamples);

// What an import did.
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Import;

/// <param name="Samples">Samples in the first file (training).</param>
/// <param name="TestSamples">Samples in the test file; 0 without a split.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="Shape">Shape of every sample.</param>
/// <param name="Storage">How the files store a sample.</param>
/// <param name="Files">Files written: the data set, the test set if any, the class names if any.</param>
/// <param name="Skipped">Files that were left out.</param>
public sealed record ImportResult(
    long Samples, long TestSamples, long Classes, SampleShape Shape, SampleStorage Storage, IReadOnlyList<string> Files, IReadOnlyList<SkippedFile> Skipped)
{
    /// <summary>What the user should know about the result, a line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

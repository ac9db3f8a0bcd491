// Which number of micro-batches a run chose.
namespace XClassFlow.Stages.Reporting;

/// <summary>Of a run that chooses it.</summary>
/// <param name="Gradients">The way of the backbone's gradients that it holds for: <c>whole</c> or <c>sparse</c>.</param>
/// <param name="Chosen">Micro-batches of a configured batch.</param>
/// <param name="Tried">Those that were tried.</param>
/// <param name="StepMs">Median milliseconds of a step with each; null where none was measured.</param>
public sealed record MicroBatchesReport(string Gradients, int Chosen, IReadOnlyList<int> Tried, IReadOnlyList<double> StepMs);

// The class graph of a run.
namespace XClassFlow.Stages.Reporting;

/// <param name="K">Neighbours per class, the class itself included.</param>
/// <param name="BuildSeconds">Time spent on building and rebuilding.</param>
/// <param name="Recall">Fraction of the true neighbours that the last audit found; null where none was made.</param>
public sealed record GraphReport(int K, double BuildSeconds, double? Recall);

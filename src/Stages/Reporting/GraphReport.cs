// The class graph of a run.
namespace XClassFlow.Stages.Reporting;

/// <param name="K">Neighbours per class, the class itself included.</param>
/// <param name="BuildSeconds">Time spent on building and rebuilding.</param>
/// <param name="Recall">Fraction of the true neighbours in the last graph, on a sample; null where it is not known.</param>
public sealed record GraphReport(int K, double BuildSeconds, double? Recall);

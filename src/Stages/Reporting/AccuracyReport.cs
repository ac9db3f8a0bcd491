// Accuracy on held-out samples.
namespace XClassFlow.Stages.Reporting;

/// <summary>Fractions in [0, 1] of <paramref name="Samples"/> samples, against all classes.</summary>
public sealed record AccuracyReport(double Top1, double Top5, long Samples);

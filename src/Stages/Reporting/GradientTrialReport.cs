// A trial of sparse gradients, for the report.
namespace XClassFlow.Stages.Reporting;

/// <param name="Ratio">The ratio that was tried.</param>
/// <param name="Sparse">Whether gradients were sparse from then on.</param>
/// <param name="WholeMs">Median milliseconds of a step with whole gradients; null where none was measured.</param>
/// <param name="SparseMs">The same with sparse ones.</param>
public sealed record GradientTrialReport(double Ratio, bool Sparse, double WholeMs, double SparseMs);

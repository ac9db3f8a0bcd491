// Percentiles of a duration.
namespace XClassFlow.Stages.Reporting;

/// <summary>Median and 95th percentile, in the unit that the report's name says.</summary>
public sealed record PercentileReport(double P50, double P95);

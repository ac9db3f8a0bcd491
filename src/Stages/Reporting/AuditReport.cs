// One entry of the history of audits.
namespace XClassFlow.Stages.Reporting;

/// <summary>A step with active classes, held against all classes; what it could not measure is null.</summary>
public sealed record AuditReport(
    long Step, int Samples, double ExactLoss, double ActiveLoss, long? GraphStep, double? Recall, double? DriftMean, double? DriftLargest, string? Alarm);

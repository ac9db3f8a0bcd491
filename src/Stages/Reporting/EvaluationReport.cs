// One entry of the history of evaluations.
namespace XClassFlow.Stages.Reporting;

/// <summary>An evaluation: when it was made, what it found, how long it took.</summary>
public sealed record EvaluationReport(long Step, double Epoch, double Top1, double Top5, long Samples, double Seconds);

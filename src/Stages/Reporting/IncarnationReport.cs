// A layout that a run of a cluster had.
namespace XClassFlow.Stages.Reporting;

/// <param name="Number">Number of the layout, rising.</param>
/// <param name="Nodes">Nodes that took part.</param>
/// <param name="FirstStep">Updates done when it began.</param>
/// <param name="EndStep">Updates done when it ended; those beyond the next one's first step were done again.</param>
/// <param name="Cause">Why it began: empty for the first, else what was lost.</param>
/// <param name="SecondsToResume">From the last step before it to its own first one; null for the first, or where it made none.</param>
public sealed record IncarnationReport(long Number, int Nodes, long FirstStep, long EndStep, string Cause, double? SecondsToResume);

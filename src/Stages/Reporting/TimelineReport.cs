// What the steps of a timeline consisted of.
using XClassFlow.Stages.Timelines;

namespace XClassFlow.Stages.Reporting;

/// <summary>Per step, mean over the nodes. See docs/timeline.md.</summary>
/// <param name="FromStep">First step, the first of a run being 1.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="StepSeconds">Length of a step.</param>
/// <param name="ComputeSeconds">Of it, time in which a stage of the node was at work.</param>
/// <param name="CommunicationSeconds">Of it, time in which a message to the node was under way.</param>
/// <param name="ExposedSeconds">Of that, time in which no stage of the node was at work.</param>
/// <param name="ReceivedBytes">Bytes of the tensors that came from other nodes.</param>
/// <param name="Hidden">Share of the communication that was not exposed; null where there was none.</param>
public sealed record TimelineReport(
    long FromStep, int Steps, double StepSeconds, double ComputeSeconds, double CommunicationSeconds, double ExposedSeconds, double ReceivedBytes, double? Hidden)
{
    /// <summary>The report's form; null stays null.</summary>
    public static TimelineReport? Of(TimelineTotals? totals) => totals is not { Steps: > 0 } t ? null : new TimelineReport(
        t.FromStep,
        t.Steps,
        t.Seconds / t.Steps,
        t.ComputeSeconds / t.Steps,
        t.CommunicationSeconds / t.Steps,
        t.ExposedSeconds / t.Steps,
        t.ReceivedBytes / t.Steps,
        t.CommunicationSeconds > 0 ? 1 - (t.ExposedSeconds / t.CommunicationSeconds) : null);
}

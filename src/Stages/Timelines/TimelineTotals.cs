// What a node, or the mean of several, did in the steps of a timeline.
namespace XClassFlow.Stages.Timelines;

/// <summary>Times in seconds, over all steps of the timeline together. See docs/timeline.md for what each is.</summary>
/// <param name="FromStep">First step, the first of a run being 1.</param>
/// <param name="Steps">Steps that were made.</param>
/// <param name="Seconds">Length.</param>
/// <param name="ComputeSeconds">Time in which a stage of the node was at work.</param>
/// <param name="CommunicationSeconds">Time in which a message to the node was under way.</param>
/// <param name="ExposedSeconds">The part of that in which no stage was at work.</param>
/// <param name="ReceivedBytes">Bytes of the tensors that came from other nodes, as they travelled.</param>
public sealed record TimelineTotals(long FromStep, int Steps, double Seconds, double ComputeSeconds, double CommunicationSeconds, double ExposedSeconds, double ReceivedBytes)
{
    /// <summary>The mean over nodes; null for none.</summary>
    public static TimelineTotals? MeanOf(IReadOnlyCollection<TimelineTotals> nodes) => nodes.Count == 0 ? null : new TimelineTotals(
        nodes.Min(n => n.FromStep),
        nodes.Min(n => n.Steps),
        nodes.Average(n => n.Seconds),
        nodes.Average(n => n.ComputeSeconds),
        nodes.Average(n => n.CommunicationSeconds),
        nodes.Average(n => n.ExposedSeconds),
        nodes.Average(n => n.ReceivedBytes));
}

// How a replay compares with its recording.
namespace XClassFlow.Cluster.Training;

/// <param name="Same">Whether every edge agrees within the tolerance.</param>
/// <param name="Lines">One line per edge: its messages, and the first difference with its size.</param>
public sealed record ReplayOutcome(bool Same, IReadOnlyList<string> Lines);

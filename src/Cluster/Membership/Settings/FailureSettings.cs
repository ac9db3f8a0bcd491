// When a silent node counts as lost.
using XClassFlow.Data;

namespace XClassFlow.Cluster.Membership;

/// <summary>Settings of the failure detector; the same on all nodes.</summary>
/// <param name="Heartbeat">Time between two signs of life.</param>
/// <param name="AcceptablePause">Silence that is still normal: longer than the longest pause of a garbage collection or a busy machine.</param>
/// <param name="StableAfter">How long the picture of who answers must stay the same before the silent ones are removed; the side without a quorum stops itself.</param>
public sealed record FailureSettings(TimeSpan Heartbeat = default, TimeSpan AcceptablePause = default, TimeSpan StableAfter = default)
{
    public TimeSpan Heartbeat { get; init; } = Heartbeat == default ? TimeSpan.FromSeconds(1) : Heartbeat;

    public TimeSpan AcceptablePause { get; init; } = AcceptablePause == default ? TimeSpan.FromSeconds(12) : AcceptablePause;

    public TimeSpan StableAfter { get; init; } = StableAfter == default ? TimeSpan.FromSeconds(10) : StableAfter;

    public void Validate(string path)
    {
        Require(Heartbeat >= TimeSpan.FromMilliseconds(50) && Heartbeat <= TimeSpan.FromMinutes(1), "heartbeat is out of range", path, "use 50ms to 1m");
        Require(AcceptablePause >= 2 * Heartbeat, "acceptable-pause is shorter than two heartbeats", path, "use 12s, or more where machines are busy");
        Require(StableAfter >= Heartbeat, "stable-after is shorter than a heartbeat", path, "use 10s, or more with tens of nodes");
    }

    private static void Require(bool holds, string what, string path, string instead)
    {
        if (!holds)
        {
            throw new UserErrorException(what, path, instead);
        }
    }
}

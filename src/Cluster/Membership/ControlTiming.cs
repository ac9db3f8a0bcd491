// Intervals of the control plane that no user needs to set; tests use shorter ones.
namespace XClassFlow.Cluster.Membership;

internal sealed record ControlTiming
{
    /// <summary>Time between two messages that only repeat what was said.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time over which events of a run gather.</summary>
    public TimeSpan Flush { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long joining may take before the operator is told that nobody answers; the first seed takes five seconds to find out that there is no cluster yet.</summary>
    public TimeSpan JoinWait { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a part may take to stop. What does not stop would train a history of its own.</summary>
    public TimeSpan AbortLimit { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a finished run's report waits for a submitter that is gone to come back.</summary>
    public TimeSpan ReportWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the end of a run waits for nodes that know of it to have stopped.</summary>
    public TimeSpan CloseWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a process may take to leave before it ends anyhow, and the end of a run waits for nodes that have not heard of it; longer than <see cref="AbortLimit"/>, which is part of it.</summary>
    public TimeSpan ExitLimit { get; init; } = TimeSpan.FromSeconds(140);
}

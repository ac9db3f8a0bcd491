// What a host needs to know besides the graph.
namespace XClassFlow.Stages.Flow;

/// <summary>Settings of a run of a graph, common to all hosts.</summary>
public sealed record FlowOptions
{
    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Observers.</summary>
    public IReadOnlyList<IFlowTap> Taps { get; init; } = [];

    /// <summary>Receives the stages' lines for the person who watches.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>Tensors one stage may keep beyond a call before it counts as leaking.</summary>
    public int KeptTensors { get; init; } = 20_000;

    /// <summary>How long nothing may happen in the whole graph before the run is given up with a picture of what waits for what.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(2);
}

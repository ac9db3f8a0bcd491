// This node's part of one incarnation of a training run.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Training;

/// <summary>Owns the session (data, checkpoint) and the lane.</summary>
internal sealed class TrainingRun : INodeRun
{
    private readonly CancellationTokenSource _stop = new();
    private readonly RunSession _session;
    private readonly PreparedRun _run;
    private readonly LaneParts _parts;
    private readonly ActorHost _host;
    private readonly int _self;
    private readonly int _nodes;
    private ILane? _lane;

    /// <param name="session">Taken over.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="placement">Where the stages stand.</param>
    /// <param name="nodes">Number of nodes.</param>
    /// <param name="self">This node.</param>
    /// <param name="events">Told about progress.</param>
    public TrainingRun(RunSession session, RunSettings settings, TrainingPlacement placement, int nodes, int self, INodeEvents events)
    {
        _session = session;
        _self = self;
        _nodes = nodes;
        FlowGraph? graph = null;
        _parts = new LaneParts(self, address => placement.NodeOf(graph!, address), Shortener(settings.Layout.Wire));
        _host = new ActorHost(_parts);
        _run = session.Prepare("train", events, _host, _stop.Token, announces: self == 0);
        graph = _run.Graph;
    }

    /// <summary>Receives what arrives on the lane.</summary>
    public ILaneReceiver Receiver => _parts;

    public long Classes => _run.Classes;

    public long FirstStep => _run.Plan.FirstStep;

    public long FirstSample => _run.Plan.FirstSample;

    public long BytesSent => _lane?.Traffic.BytesSent ?? 0;

    /// <summary>The opened lane; taken over.</summary>
    public void Use(ILane lane)
    {
        _lane = lane;
        _parts.Use(lane);
    }

    public async Task<string?> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        await using var registration = stop.Register(_stop.Cancel);
        var report = await _run.RunAsync(abort);
        return _self == 0 ? RunReportFile.ToJson(report with { WorldSize = _nodes }) : null;
    }

    private static Func<Tensor, Tensor>? Shortener(WirePrecision wire) => wire == WirePrecision.Float32 ? null : tensor => wire.ToWire(tensor);

    public async ValueTask DisposeAsync()
    {
        _parts.Dispose();
        if (_lane is not null)
        {
            await _lane.DisposeAsync();
        }

        // A stage that did not stop still reads the data: then this never ends, and the node's time limit ends the process.
        await _host.Quiet;
        _run.Dispose();
        _session.Dispose();
        _stop.Dispose();
    }
}

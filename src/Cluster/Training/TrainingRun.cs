// This node's part of one incarnation of a training run.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Timelines;
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
    private readonly LanePlan _plan;
    private ILane? _lane;

    /// <param name="session">Taken over.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="placement">Where the stages stand.</param>
    /// <param name="plan">The lane to open: this node and the others.</param>
    /// <param name="events">Told about progress.</param>
    public TrainingRun(RunSession session, RunSettings settings, TrainingPlacement placement, LanePlan plan, INodeEvents events)
    {
        _session = session;
        _plan = plan;
        FlowGraph? graph = null;
        _parts = new LaneParts(plan.Self, address => placement.NodeOf(graph!, address), Shortener(settings.Layout.Wire));
        _host = new ActorHost(_parts);
        _run = session.Prepare("train", events, _host, _stop.Token, announces: plan.Self == 0, node: plan.Self);
        _parts.Timeline = _run.Timeline;
        graph = _run.Graph;
    }

    public long Classes => _run.Classes;

    public long FirstStep => _run.Plan.FirstStep;

    public long FirstSample => _run.Plan.FirstSample;

    public long BytesSent => _lane?.Traffic.BytesSent ?? 0;

    public TimelineTotals? Timeline => _run.Timeline?.Totals();

    public async Task ConnectAsync(ILaneEndpoint lane, CancellationToken cancel)
    {
        _lane = await lane.OpenAsync(_plan, _parts, cancel);
        _parts.Use(_lane);
    }

    public async Task<string?> RunAsync(CancellationToken stop, CancellationToken abort)
    {
        await using var registration = stop.Register(_stop.Cancel);
        var report = await _run.RunAsync(abort);
        return _plan.Self == 0 ? RunReportFile.ToJson(report with { WorldSize = _plan.Addresses.Count }) : null;
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

// Runs with host = cluster: this process becomes a node and submits the run; all others stay in this process.
using System.Globalization;
using Akka.Actor;
using XClassFlow.Cluster.Membership.Client;
using XClassFlow.Cluster.Membership.Node;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Planning;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Membership;

/// <summary>The commands of training, wherever the run is.</summary>
internal sealed class ClusterRuns : IRunCommands
{
    private readonly IRunCommands _local;
    private readonly NodeParts _parts;
    private readonly ControlTiming _timing;
    private readonly Action<NodeProcess>? _started;

    /// <param name="local">Runs in this process.</param>
    /// <param name="parts">What a node is made of.</param>
    /// <param name="timing">Intervals; null: the usual ones.</param>
    /// <param name="started">Told about this process's node.</param>
    public ClusterRuns(IRunCommands local, NodeParts parts, ControlTiming? timing = null, Action<NodeProcess>? started = null)
    {
        _started = started;
        _local = local;
        _parts = parts;
        _timing = timing ?? new ControlTiming();
    }

    public async Task<RunReport> TrainAsync(TrainOptions options, IRunObserver observer, CancellationToken stop)
    {
        var settings = RunSettings.Bind(options.Configuration.Root);
        if (settings.Host != HostKind.Cluster)
        {
            return await _local.TrainAsync(options, observer, stop);
        }

        // The node may have something to say before there is a submitter, from whom alone the observer hears.
        var submitting = new TaskCompletionSource<IActorRef>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = NodeProcess.Start(RunEnvironment.Of(options.Configuration), _parts, _timing, line => _ = SayAsync(submitting.Task, line));
        _started?.Invoke(node);
        observer.Note($"node {node.Address} is joining the cluster");
        var result = new TaskCompletionSource<RunReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var submitter = node.System.ActorOf(
            Props.Create(() => new RunSubmitter(SpecOf(settings, options), observer, result, _timing, TimeProvider.System)), Actors.SubmitterName);
        submitting.SetResult(submitter);
        await using var registration = stop.Register(() => AskToStop(node, submitter, result));
        if (await Task.WhenAny(result.Task, node.Ended) == node.Ended && !result.Task.IsCompleted)
        {
            var exit = await node.Ended;
            throw exit.Failure?.ToException() ?? new ClusterException(
                exit.Line ?? (exit.Code != 0 ? NodeProcess.Removed : "this node has left before it had the run's report; the run's checkpoints are complete"));
        }

        return await result.Task;
    }

    public Task<RunReport> EvaluateAsync(EvaluateOptions options, IRunObserver observer, CancellationToken stop) => _local.EvaluateAsync(options, observer, stop);

    public Task<PredictOutcome> PredictAsync(PredictOptions options, IRunObserver observer, CancellationToken stop) => _local.PredictAsync(options, observer, stop);

    public Task<ReplayOutcome> ReplayAsync(ReplayOptions options, IRunObserver observer, CancellationToken stop) => _local.ReplayAsync(options, observer, stop);

    public Task<MemoryPlan> PlanAsync(PlanOptions options, CancellationToken stop)
    {
        var onCluster = RunSettings.Bind(options.Configuration.Root).Host == HostKind.Cluster;
        return _local.PlanAsync(onCluster ? options with { Nodes = ClusterSettings.Bind(options.Configuration).WorldSize } : options, stop);
    }

    internal static RunSpec SpecOf(RunSettings settings, TrainOptions options) => new(
        Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture),
        settings.Name,
        options.Configuration.OfRun().ToHocon(),
        options.Checkpoint is null ? null : Path.GetFullPath(options.Checkpoint),
        options.Resume,
        options.ReportLosses);

    private static async Task SayAsync(Task<IActorRef> submitter, string line) => (await submitter).Tell(new LocalMessage.Said(line));

    // Without a cluster there is no run yet that could be ended in order.
    private static void AskToStop(NodeProcess node, IActorRef submitter, TaskCompletionSource<RunReport> result)
    {
        if (Akka.Cluster.Cluster.Get(node.System).State.Members.IsEmpty)
        {
            result.TrySetCanceled();
        }
        else
        {
            submitter.Tell(new LocalMessage.StopAsked());
        }
    }
}

// Training on one node of a cluster: from a layout to this node's part of the graph.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>
/// Every node builds the same graph from the run's configuration and the layout, and runs the instances that are placed on it. The part of the configuration that is
/// the node's own (libtorch, its threads) is the node's; everything else is the run's.
/// </summary>
/// <param name="torch">This node's libtorch settings.</param>
/// <param name="failure">When a silent node counts as lost.</param>
internal sealed class TrainingRuntime(TorchSettings torch, FailureSettings failure) : INodeRuntime
{
    // How long a node 0 that lives may take to show the others that it owns the directory of checkpoints.
    private static readonly TimeSpan Slowest = TimeSpan.FromMinutes(2);

    /// <summary>How long the others wait for that: longer than it takes to find out that node 0 is lost, or its loss would look like a wrong directory, which ends the run.</summary>
    internal TimeSpan OwnerLimit => Slowest + failure.AcceptablePause + failure.StableAfter;

    public async Task<INodeRun> PrepareAsync(RunLayout layout, int self, INodeEvents events, CancellationToken cancel)
    {
        var settings = SettingsOf(layout);
        var placement = new TrainingPlacement(layout.Backbones, layout.Shards, layout.Loaders) { EveryRankSaves = settings.Sparsifier.IsOn };
        var (fence, resume) = layout.Run.Checkpoint is { } directory ? await OwnAsync(layout, directory, self, cancel) : (null, layout.Run.Resume);
        var session = RunSession.Train(settings, layout.Run.Configuration, layout.Run.Checkpoint, resume, layout.Run.ReportLosses, placement, fence, cancel);
        try
        {
            session.Returns = layout.ReturnsTo(session.Position.Step);
            var plan = new LanePlan($"{layout.Run.Id}:{layout.Token}", layout.Incarnation, self, [.. layout.Nodes.Select(n => n.Lane)]);
            return new TrainingRun(session, settings, placement, plan, events);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    // Before anybody looks for the latest checkpoint, node 0 makes this incarnation the owner of the directory, so that none of an earlier one can appear afterwards. A run
    // goes on from its own checkpoints, from those of another only where the user asked for it.
    private async Task<(CheckpointFence Fence, bool Resume)> OwnAsync(RunLayout layout, string path, int self, CancellationToken cancel)
    {
        var directory = new CheckpointDirectory(path) { Fence = new CheckpointFence(path, layout.Run.Id, layout.Incarnation) };
        if (self != 0)
        {
            await directory.Fence.WaitAsync(OwnerLimit, cancel);
        }

        var resume = layout.Run.Resume || SavedRun.IsOf(path, layout.Run.Id);
        if (self == 0)
        {
            if (!resume && CheckpointDirectory.HasAny(path))
            {
                throw CheckpointsOfRun.HoldsAnotherRun(path);
            }

            directory.Claim();
            resume = layout.Run.Resume || SavedRun.IsOf(path, layout.Run.Id);
        }

        return (directory.Fence, resume);
    }

    private RunSettings SettingsOf(RunLayout layout)
    {
        var settings = RunSettings.Bind(HoconLoader.LoadText(layout.Run.Configuration, $"the configuration of {layout.Run.Name}").Root);
        if (settings.Recording.Directory.Length > 0)
        {
            throw new UserErrorException(
                "recordings are made by runs in one process", "xclassflow.recording.directory", "leave it empty, or record with host = actors and layout.replicas ranks");
        }

        return settings with { Torch = torch, Layout = settings.Layout with { Replicas = layout.Backbones.Count, Shards = layout.Shards.Count } };
    }
}

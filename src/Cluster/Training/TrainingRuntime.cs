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
internal sealed class TrainingRuntime(TorchSettings torch) : INodeRuntime
{
    public async Task<INodeRun> PrepareAsync(RunLayout layout, int self, ILaneEndpoint lane, INodeEvents events, CancellationToken cancel)
    {
        var settings = SettingsOf(layout);
        var placement = new TrainingPlacement(layout.Backbones, layout.Shards, layout.Loaders);
        var session = RunSession.Train(
            settings, layout.Run.Configuration, layout.Run.Checkpoint, Resumes(layout), layout.Run.ReportLosses, placement);
        TrainingRun? run = null;
        try
        {
            run = new TrainingRun(session, settings, placement, layout.Nodes.Count, self, events);
            var plan = new LanePlan($"{layout.Run.Id}:{layout.Token}", layout.Incarnation, self, [.. layout.Nodes.Select(n => n.Lane)]);
            run.Use(await lane.OpenAsync(plan, run.Receiver, cancel));
            return run;
        }
        catch
        {
            if (run is null)
            {
                session.Dispose();
            }
            else
            {
                await run.DisposeAsync();
            }

            throw;
        }
    }

    // After a loss the run goes on from what it wrote itself; the first incarnation does what the user asked for.
    private static bool Resumes(RunLayout layout) => layout.Incarnation == 1 || layout.Run.Checkpoint is null
        ? layout.Run.Resume
        : CheckpointDirectory.HasAny(layout.Run.Checkpoint);

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

// Training on several nodes of one process: the real runtime of a node and in-process lanes, without the control plane.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Lane;
using XClassFlow.Cluster.Membership;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Nodes;

internal static class InProcessTraining
{
    /// <summary>Trains with one rank and one shard per node.</summary>
    public static Task<RunReport> TrainAsync(LoadedConfiguration configuration, int nodes, string? checkpoint = null, bool resume = false, string run = "test")
    {
        var everyNode = Enumerable.Range(0, nodes).ToArray();
        return TrainAsync(configuration, nodes, everyNode, everyNode, everyNode, checkpoint, resume, run);
    }

    /// <summary>Trains with the given placement.</summary>
    public static async Task<RunReport> TrainAsync(
        LoadedConfiguration configuration, int nodes, int[] backbones, int[] shards, int[] loaders, string? checkpoint = null, bool resume = false, string run = "test")
    {
        var endpoints = InProcessEndpoints(nodes);
        var spec = new RunSpec(run, "test", configuration.ToHocon(), checkpoint, resume, ReportLosses: true);
        var layout = new RunLayout(spec, 1, [.. endpoints.Select(e => new NodePlace("-", e.Address, NodeRoles.All))], backbones, shards, loaders);
        using var givenUp = new CancellationTokenSource();
        var prepared = await Task.WhenAll(endpoints.Select((endpoint, n) => PrepareAsync(layout, n, endpoint, givenUp)));
        try
        {
            var reports = await Task.WhenAll(prepared.Select(p => p.RunAsync(CancellationToken.None, CancellationToken.None)));
            Assert.All(reports.Skip(1), Assert.Null);
            return RunReportFile.OfJson(reports[0]!);
        }
        finally
        {
            foreach (var node in prepared)
            {
                await node.DisposeAsync();
            }

            foreach (var endpoint in endpoints)
            {
                await endpoint.DisposeAsync();
            }
        }
    }

    // A node that fails ends the preparation of all, as the control plane sees to it.
    private static async Task<INodeRun> PrepareAsync(RunLayout layout, int node, ILaneEndpoint endpoint, CancellationTokenSource givenUp)
    {
        INodeRun? run = null;
        try
        {
            run = await new TrainingRuntime(new TorchSettings(Threads: 1), new XClassFlow.Cluster.Membership.FailureSettings()).PrepareAsync(layout, node, new SilentEvents(), givenUp.Token);
            await run.ConnectAsync(endpoint, givenUp.Token);
            return run;
        }
        catch
        {
            if (run is not null)
            {
                await run.DisposeAsync();
            }

            await givenUp.CancelAsync();
            throw;
        }
    }

    /// <summary>Ends of in-process lanes for some nodes.</summary>
    public static ILaneEndpoint[] InProcessEndpoints(int nodes)
    {
        var lanes = new InProcessLanes();
        return [.. Enumerable.Range(0, nodes).Select(_ => lanes.CreateEndpoint())];
    }

    private sealed class SilentEvents : INodeEvents
    {
        public void Started(RunStarted started)
        {
        }

        public void Step(StepProgress step)
        {
        }

        public void Evaluated(EvaluationResult result)
        {
        }

        public void Note(string line)
        {
        }
    }
}

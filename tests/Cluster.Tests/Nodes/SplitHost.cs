// A host that spreads a graph over several nodes of one process, for the contract that all hosts share.
using XClassFlow.Cluster.Hosting;
using XClassFlow.Cluster.Lane;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Cluster.Tests.Nodes;

/// <summary>Runs one actor host per node, joined by in-process lanes; instances are dealt out so that neighbours in the graph stand on different nodes.</summary>
internal sealed class SplitHost(int nodes) : IFlowHost
{
    private readonly List<ActorHost> _hosts = [];

    public IReadOnlyList<(StageAddress Stage, double BusySeconds)> Load => [.. _hosts.SelectMany(h => h.Load)];

    public async Task RunAsync(FlowGraph graph, FlowOptions options, CancellationToken cancel)
    {
        var places = graph.Addresses.Select((address, i) => (address, Node: i % nodes)).ToDictionary(p => p.address, p => p.Node);
        var endpoints = InProcessTraining.InProcessEndpoints(nodes);
        var parts = Enumerable.Range(0, nodes).Select(n => new LaneParts(n, address => places[address], null)).ToArray();
        string[] addresses = [.. endpoints.Select(e => e.Address)];
        var lanes = await Task.WhenAll(parts.Select((part, n) => endpoints[n].OpenAsync(new LanePlan("run", 1, n, addresses), part, cancel)));
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            var runs = parts.Select((part, n) =>
            {
                part.Use(lanes[n]);
                var host = new ActorHost(part);
                _hosts.Add(host);
                return RunPartAsync(host, graph, options, others);
            }).ToArray();
            await Task.WhenAll(runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // What ended the run, not the cancellations that followed from it.
            var faults = runs.Select(r => r.Exception?.InnerException).OfType<Exception>().ToArray();
            if ((faults.FirstOrDefault(f => f is not OperationCanceledException) ?? faults.FirstOrDefault()) is { } fault)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
            }

            cancel.ThrowIfCancellationRequested();
        }
        finally
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }

            foreach (var lane in lanes)
            {
                await lane.DisposeAsync();
            }

            foreach (var endpoint in endpoints)
            {
                await endpoint.DisposeAsync();
            }
        }
    }

    private static async Task RunPartAsync(ActorHost host, FlowGraph graph, FlowOptions options, CancellationTokenSource others)
    {
        try
        {
            await host.RunAsync(graph, options, others.Token);
        }
        catch
        {
            await others.CancelAsync();
            throw;
        }
    }
}

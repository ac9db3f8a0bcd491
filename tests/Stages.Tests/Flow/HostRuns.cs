// Runs a graph under a host and checks that no tensor is left, however the run ended.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Tests.Flow;

internal static class HostRuns
{
    /// <summary>Runs, within a minute, and counts the tensors afterwards; a lost one counts, since no finalizer ran in between.</summary>
    public static async Task RunAsync(IFlowHost host, FlowGraph graph, FlowOptions? options, CancellationToken cancel)
    {
        var before = LiveTensors.Count();
        try
        {
            await host.RunAsync(graph, options ?? new FlowOptions { StallTimeout = TimeSpan.FromSeconds(30) }, cancel).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        }
        finally
        {
            (host as IDisposable)?.Dispose();
            Assert.Equal(before, LiveTensors.CountWithGarbage());
        }
    }
}

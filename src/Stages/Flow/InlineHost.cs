// The host for tests, debugging and replay: one thread, no actors, a fixed order.
using System.Diagnostics;

namespace XClassFlow.Stages.Flow;

/// <summary>Runs all stages on the calling thread, round robin in graph order, one message at a time.</summary>
public sealed class InlineHost : IFlowHost, IDisposable
{
    private readonly SemaphoreSlim _wake = new(0);
    private StageRunner[] _runners = [];

    public IReadOnlyList<(StageAddress Stage, double BusySeconds)> Load
        => Array.ConvertAll(_runners, r => (r.Address, r.BusyTicks / (double)Stopwatch.Frequency));

    public Task RunAsync(FlowGraph graph, FlowOptions options, CancellationToken cancel)
    {
        Run(graph, options, cancel);
        return Task.CompletedTask;
    }

    /// <summary>Runs the graph to its end; see <see cref="IFlowHost.RunAsync"/>.</summary>
    public void Run(FlowGraph graph, FlowOptions options, CancellationToken cancel = default)
    {
        var delivery = new LocalDelivery();
        var done = false;
        try
        {
            foreach (var address in graph.Addresses)
            {
                delivery.Runners[address] = graph.CreateRunner(address, delivery, options, () => _wake.Release());
            }

            _runners = [.. delivery.Runners.Values];
            var ports = GraphPorts.Of(graph, _runners);
            foreach (var runner in _runners)
            {
                runner.Start(ports.IsFeedback);
            }

            while (!Array.TrueForAll(_runners, r => r.IsCompleted))
            {
                cancel.ThrowIfCancellationRequested();
                RunRound(options, cancel);
            }

            done = true;
        }
        finally
        {
            DisposeAll(delivery.Runners.Values, mayThrow: done);
        }
    }

    // A stage that fails to dispose must not keep the others from it, nor hide the fault that ended the run.
    private static void DisposeAll(IEnumerable<StageRunner> runners, bool mayThrow)
    {
        StageException? first = null;
        foreach (var runner in runners)
        {
            try
            {
                runner.Dispose();
            }
            catch (StageException e)
            {
                first ??= e;
            }
        }

        if (first is not null && mayThrow)
        {
            throw first;
        }
    }

    public void Dispose() => _wake.Dispose();

    private void RunRound(FlowOptions options, CancellationToken cancel)
    {
        var any = false;
        foreach (var runner in _runners)
        {
            any |= runner.RunOne();
        }

        if (any)
        {
            return;
        }

        if (!Array.Exists(_runners, r => r.Stage.WorksOutside) && _wake.CurrentCount == 0)
        {
            throw new FlowStalledException("no stage has anything to do", _runners);
        }

        if (!_wake.Wait(options.StallTimeout, cancel))
        {
            throw new FlowStalledException($"work outside the graph took more than {options.StallTimeout.TotalSeconds:0} s", _runners);
        }
    }

    private sealed class LocalDelivery : IDelivery
    {
        public Dictionary<StageAddress, StageRunner> Runners { get; } = [];

        public void Deliver(Envelope envelope) => Runners[new StageAddress(envelope.Link.To, envelope.To)].Accept(envelope);

        public void Credit(Link link, int from, int to) => Runners[new StageAddress(link.From, from)].AcceptCredit(link, to);

        public void Complete(Link link, int from, int to) => Runners[new StageAddress(link.To, to)].AcceptCompletion(link, from);
    }
}

// Replays stage instances from a recording and compares what they send.
using XClassFlow.Data;
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Replay;

/// <summary>
/// Runs one stage instance alone on the calling thread: it is called in the recorded order with the recorded messages, and what it sends is compared with what was
/// recorded.
/// </summary>
public sealed class GraphReplay
{
    private readonly FlowGraph _graph;
    private readonly RecordingReader _recording;
    private readonly ulong _seed;
    private readonly double _tolerance;
    private readonly bool _whole;
    private readonly HashSet<string> _edges;

    /// <param name="graph">The graph of the recorded run; borrowed.</param>
    /// <param name="recording">The recording; borrowed.</param>
    /// <param name="seed">The recorded run's seed.</param>
    /// <param name="tolerance">Largest relative difference that counts as the same; 0: bit by bit.</param>
    /// <param name="whole">Whether the recording goes on to the end of the run; false where it was limited to the first steps.</param>
    public GraphReplay(FlowGraph graph, RecordingReader recording, ulong seed, double tolerance, bool whole = true)
    {
        _graph = graph;
        _recording = recording;
        _seed = seed;
        _tolerance = tolerance;
        _whole = whole && recording.Complete;
        _edges = [.. recording.Edges.Select(e => e.Name)];
    }

    /// <summary>Further observers of the replayed stages.</summary>
    public IReadOnlyList<IFlowTap> Taps { get; init; } = [];

    /// <summary>Instances whose inputs were all recorded and of whose outputs some were.</summary>
    public IEnumerable<StageAddress> Replayable => _graph.Addresses.Where(a => _edges.Contains(CallRecord.EdgeOf(a.Group)) &&
        _graph.Links.Where(l => l.To == a.Group).All(l => _edges.Contains(l.Edge)) && _graph.Links.Any(l => l.From == a.Group && _edges.Contains(l.Edge)));

    /// <summary>Replays one instance. A stage that fails, as it may have in the recorded run, differs there.</summary>
    public StageComparison Run(StageAddress address)
    {
        using var wake = new SemaphoreSlim(0);
        using var comparison = new OutputComparison(address, _recording, _edges, _tolerance);
        var options = new FlowOptions { Seed = _seed, Taps = [comparison, .. Taps] };
        using var runner = _graph.CreateRunner(address, new Discard(), options, () => wake.Release());
        if (runner.Stage.HasSideEffects)
        {
            return new StageComparison(address, 0, null) { LeftOut = true };
        }

        var feeds = _graph.Links.Where(l => l.To == address.Group).Select(l => new RecordedFeed(l, address.Index, _recording)).ToArray();
        try
        {
            runner.Start(_ => true);
            foreach (var recorded in _recording.Messages(CallRecord.EdgeOf(address.Group)).Where(m => m.Source == address.Index && !StopRecord.Is(m)))
            {
                if (comparison.Difference is not null || !Repeat(recorded, runner, feeds, wake, comparison, options.StallTimeout))
                {
                    break;
                }
            }

            return comparison.Result();
        }
        catch (StageException e)
        {
            return comparison.Failed(e);
        }
        finally
        {
            foreach (var feed in feeds)
            {
                feed.Dispose();
            }
        }
    }

    // Returns false at the end of what can be replayed.
    private bool Repeat(RecordedMessage recorded, StageRunner runner, RecordedFeed[] feeds, SemaphoreSlim wake, OutputComparison comparison, TimeSpan limit)
    {
        var call = CallRecord.Parse(recorded.ScalarsJson);
        if (call.Call == StageCall.Complete && !_whole)
        {
            return false;
        }

        if (call.Call == StageCall.Inlet && !(Array.Find(feeds, f => f.Link.Inlet == call.Inlet)?.Fill(runner, recorded.Step, recorded.MicroBatch) ?? false))
        {
            return _recording.Complete
                ? throw new UserErrorException($"step {recorded.Step} of inlet '{call.Inlet}' of {runner.Address} is missing", _recording.Path, "record again")
                : false;
        }

        while (!runner.RunCall(call.Call, call.Inlet))
        {
            if (!runner.Stage.WorksOutside || !wake.Wait(limit))
            {
                return call.Call == StageCall.Produce && !_whole ? true : comparison.NotCalled(recorded, call);
            }
        }

        return true;
    }

    private sealed class Discard : IDelivery
    {
        public void Deliver(Envelope envelope) => envelope.Message.Dispose();

        public void Credit(Link link, int from, int to)
        {
        }

        public void Complete(Link link, int from, int to)
        {
        }
    }
}

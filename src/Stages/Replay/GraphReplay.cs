// Replays stage instances from a recording and compares what they send.
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Replay;

/// <summary>
/// Runs one stage instance alone on the calling thread: its inlets get the recorded messages, what it sends is compared with the recorded one. A stage's output does not
/// depend on how the messages of different inlets interleaved, so the order per edge is enough.
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

    /// <summary>Instances whose inputs were all recorded and of whose outputs some were.</summary>
    public IEnumerable<StageAddress> Replayable => _graph.Addresses.Where(a =>
        _graph.Links.Where(l => l.To == a.Group).All(l => _edges.Contains(l.Edge)) && _graph.Links.Any(l => l.From == a.Group && _edges.Contains(l.Edge)));

    /// <summary>Replays one instance. A stage that fails, as it may have in the recorded run, differs there.</summary>
    public StageComparison Run(StageAddress address)
    {
        using var wake = new SemaphoreSlim(0);
        using var comparison = new OutputComparison(address, _recording, _edges, _tolerance);
        var options = new FlowOptions { Seed = _seed, Taps = [comparison] };
        using var runner = _graph.CreateRunner(address, new Discard(), options, () => wake.Release());
        if (runner.Stage.HasSideEffects)
        {
            return new StageComparison(address, 0, null) { LeftOut = true };
        }

        var feeds = _graph.Links.Where(l => l.To == address.Group).Select(l => new RecordedFeed(l, address.Index, _recording)).ToArray();
        try
        {
            runner.Start(_ => true);
            var ended = false;
            while (comparison.Difference is null)
            {
                if (Advance(runner, feeds, wake, options.StallTimeout))
                {
                    continue;
                }

                if (ended || !_whole)
                {
                    break;
                }

                ended = true;
                Array.ForEach(feeds, f => f.Complete(runner, f.Link.Kind == LinkKind.OneToOne ? 1 : _graph.CountOf(f.Link.From)));
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

    private static bool Advance(StageRunner runner, RecordedFeed[] feeds, SemaphoreSlim wake, TimeSpan limit)
    {
        var fed = false;
        foreach (var feed in feeds)
        {
            fed |= feed.Fill(runner);
        }

        return runner.RunOneFeedbackLast() || fed || (runner.Stage.WorksOutside && wake.Wait(limit));
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

// The distributed build: every shard's lists, joined on their owners and merged again, are the graph that brute force gives.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Tests.Head;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class ClassGraphBuilderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void PartsOfAllShardsMergeToTheBruteForceGraph(int shards)
    {
        const int N = 150;
        const int D = 6;
        const int K = 7;
        var w = ExactNeighboursTests.UnitRows(N, D);
        var partition = new ClassPartition(N, shards);
        var parts = new NeighbourIndex[shards];
        var graph = new FlowGraph()
            .Add("source", shards, s => new Source(1, _ =>
            {
                var (start, count) = ((int)partition.StartOf(s), (int)partition.CountOf(s));
                return new WeightRows(0, 0, start, Matrices.ToTensor(w[start..(start + count)], D));
            }))
            .Add("graph", shards, s => new ClassGraphBuilder(new ActiveClassesSettings(SelectionMode.Knn, Neighbours: K), 16, partition, s, () => [], null))
            .Add("sink", shards, s => new Sink(build => parts[s] = build.Part))
            .Connect("source.rows", "graph.rows", LinkKind.Broadcast)
            .Connect("graph.neighbours", "sink.neighbours", LinkKind.Scatter);
        using var host = new InlineHost();
        host.Run(graph, new FlowOptions());

        for (var c = 0; c < N; c++)
        {
            var merged = parts.SelectMany((part, s) => ListOf(part, c).Select(e => (Class: partition.StartOf(s) + e.Row, e.Rank)))
                .OrderBy(e => e.Rank).ToArray();
            Assert.Equal(Enumerable.Range(0, K), merged.Select(e => e.Rank));
            BruteForce.AssertNearest(w, c, [.. merged.Select(e => e.Class)]);
        }
    }

    [Fact]
    public void TheApproximateGraphDoesNotDependOnTheNumberOfShards()
    {
        const int N = 400;
        const int D = 6;
        const int K = 7;
        var first = ExactNeighboursTests.UnitRows(N, D);
        var second = Array.ConvertAll(first, (row) => Array.ConvertAll(row, v => (double)(float)(v + (0.05 * Math.Sin(1000 * v)))));
        int[][][] Lists(int shards)
        {
            var partition = new ClassPartition(N, shards);
            var builds = new List<(double Recall, NeighbourIndex Part)>[shards];
            var settings = new ActiveClassesSettings(SelectionMode.Knn, Neighbours: K, Graph: Stages.Selection.Graph.GraphMethod.Approximate, GraphRecall: 0.9);
            var graph = new FlowGraph()
                .Add("source", shards, s => new Source(2, step =>
                {
                    var (start, count) = ((int)partition.StartOf(s), (int)partition.CountOf(s));
                    return new WeightRows(step, 0, start, Matrices.ToTensor((step == 0 ? first : second)[start..(start + count)], D));
                }))
                .Add("graph", ClassGraphBuilder.Builders(settings.Graph, partition), b => new ClassGraphBuilder(settings, 16, partition, b, () => [], null))
                .Add("sink", shards, s => new Sink(index => (builds[s] ??= []).Add(index)))
                .Connect("source.rows", "graph.rows", LinkKind.Broadcast)
                .Connect("graph.neighbours", "sink.neighbours", LinkKind.Scatter);
            using var host = new InlineHost();
            host.Run(graph, new FlowOptions());
            Assert.All(builds, b => Assert.All(b, one => Assert.InRange(one.Recall, 0.9, 1)));
            return [.. Enumerable.Range(0, 2).Select(build => Enumerable.Range(0, N).Select(c => builds
                .SelectMany((b, s) => ListOf(b[build].Part, c).Select(e => (Class: (int)partition.StartOf(s) + e.Row, e.Rank)))
                .OrderBy(e => e.Rank).Select(e => e.Class).ToArray()).ToArray())];
        }

        var one = Lists(1);
        Assert.Equal(one, Lists(3));
        Assert.All(one[0].Index(), l => Assert.Equal((l.Index, K), (l.Item[0], l.Item.Length)));
        Assert.NotEqual(one[0], one[1]);
    }

    [Theory]
    [InlineData(1, Stages.Selection.Graph.GraphMethod.Approximate)]
    [InlineData(3, Stages.Selection.Graph.GraphMethod.Approximate)]
    [InlineData(3, Stages.Selection.Graph.GraphMethod.Exact)]
    public void ARestoredGraphIsSentAsItIs(int shards, Stages.Selection.Graph.GraphMethod method)
    {
        const int N = 60;
        const int K = 9;
        var random = new RandomGraph(N, K, 4);
        var partition = new ClassPartition(N, shards);
        var received = new NeighbourIndex[shards];
        var graph = new FlowGraph()
            .Add("source", shards, s => new Source(0, _ => throw new InvalidOperationException("no rows")))
            .Add("graph", ClassGraphBuilder.Builders(method, partition), b => new ClassGraphBuilder(
                new ActiveClassesSettings(SelectionMode.Knn, Neighbours: K, Graph: method), 16, partition, b, () => [StoredGraph.Join([new ClassGraphState(12, 0.5, random.PartOf(new ClassPartition(N, 1), 0))], N)!], null))
            .Add("sink", shards, s => new Sink(build =>
            {
                Assert.Equal(0.5, build.Recall);
                received[s] = build.Part;
            }))
            .Connect("source.rows", "graph.rows", LinkKind.Broadcast)
            .Connect("graph.neighbours", "sink.neighbours", LinkKind.Scatter);
        using var host = new InlineHost();
        host.Run(graph, new FlowOptions());

        for (var c = 0; c < N; c++)
        {
            var list = received.SelectMany((part, s) => ListOf(part, c).Select(e => (Class: partition.StartOf(s) + e.Row, e.Rank))).OrderBy(e => e.Rank).Select(e => e.Class);
            Assert.Equal(random.Lists[c], list);
        }
    }

    private static (int Row, int Rank)[] ListOf(NeighbourIndex index, long @class)
    {
        var (rows, ranks) = (new int[index.K], new int[index.K]);
        var count = index.Read(@class, rows, ranks);
        return [.. rows.Zip(ranks).Take(count)];
    }

    private sealed class Source : Stage
    {
        private readonly Func<int, WeightRows> _make;
        private readonly Outlet<WeightRows> _rows;
        private readonly int _messages;
        private int _sent;

        public Source(int messages, Func<int, WeightRows> make)
        {
            _messages = messages;
            _make = make;
            _rows = Out<WeightRows>("rows");
        }

        public override bool CanProduce => _sent < _messages;

        public override bool IsFinished => _sent == _messages;

        public override void Produce() => _rows.Send(_make(_sent++));
    }

    private sealed class Sink : Stage
    {
        // Handles of its own: the message's are disposed with the call. Finalizers free these.
        public Sink(Action<(double Recall, NeighbourIndex Part)> take) => Gather<NeighbourLists>("neighbours", parts => take((
            parts[0].Recall,
            new NeighbourIndex([.. parts.Select(p => new NeighbourPart(p.ClassStart, p.Neighbours, p.Rows.alias().DetachFromDisposeScope(), p.Masks?.alias().DetachFromDisposeScope()))]))));
    }
}

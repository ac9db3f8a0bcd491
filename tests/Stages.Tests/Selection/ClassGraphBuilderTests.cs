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
            .Add("source", shards, s => new Source(() =>
            {
                var (start, count) = ((int)partition.StartOf(s), (int)partition.CountOf(s));
                return new WeightRows(0, 0, start, Matrices.ToTensor(w[start..(start + count)], D));
            }))
            .Add("graph", shards, s => new ClassGraphBuilder(partition, s, K))
            .Add("sink", shards, s => new Sink(index => parts[s] = index))
            .Connect("source.rows", "graph.rows", LinkKind.Broadcast)
            .Connect("graph.neighbours", "sink.neighbours", LinkKind.Scatter);
        using var host = new InlineHost();
        host.Run(graph, new FlowOptions());

        for (var c = 0; c < N; c++)
        {
            var merged = parts.SelectMany((part, s) => part.RowsOf(c).ToArray().Zip(part.RanksOf(c).ToArray(), (row, rank) => (Class: partition.StartOf(s) + row, Rank: rank)))
                .OrderBy(e => e.Rank).ToArray();
            Assert.Equal(Enumerable.Range(0, K), merged.Select(e => e.Rank));
            BruteForce.AssertNearest(w, c, [.. merged.Select(e => e.Class)]);
        }
    }

    private sealed class Source : Stage
    {
        private readonly Func<WeightRows> _make;
        private readonly Outlet<WeightRows> _rows;
        private bool _sent;

        public Source(Func<WeightRows> make)
        {
            _make = make;
            _rows = Out<WeightRows>("rows");
        }

        public override bool CanProduce => !_sent;

        public override bool IsFinished => _sent;

        public override void Produce()
        {
            _sent = true;
            _rows.Send(_make());
        }
    }

    private sealed class Sink : Stage
    {
        public Sink(Action<NeighbourIndex> take) => Gather<NeighbourLists>("neighbours", parts => take(
            NeighbourIndex.Join(parts.Select(p => (p.Offsets.data<long>().ToArray(), p.Rows.data<int>().ToArray(), p.Ranks.data<int>().ToArray())))));
    }
}

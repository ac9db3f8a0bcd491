// What shards own of a class graph, taken together, is the class graph; as sent, and as checkpoints hold it.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Tests.Selection;

public sealed class NeighbourIndexTests
{
    [Fact]
    public void PartsOfAllShardsAreTheWholeGraph() => Holds((c, graph) =>
    {
        var lists = Array.ConvertAll(new int[c.Classes], _ => new long[c.K]);
        for (var shard = 0; shard < c.Shards; shard++)
        {
            using var part = graph.PartOf(c.Partition, shard);
            Collect(part, c.Partition.StartOf(shard), lists);
        }

        return graph.Lists.Zip(lists).All(l => l.First.SequenceEqual(l.Second));
    });

    [Fact]
    public void ACheckpointOfAnyNumberOfShardsGivesTheWholeGraph() => Holds((c, graph) =>
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-graph-");
        try
        {
            var parts = Enumerable.Range(0, c.Shards).Select(shard =>
            {
                using var part = graph.PartOf(c.Partition, shard);
                var (used, pending) = (new ClassGraphState(5, 0.75, part), new ClassGraphState(6, 0.5, part));
                var snapshot = ClassGraphState.Snapshot(7, used, pending, shard, c.Shards);
                var path = Path.Combine(folder.FullName, snapshot.File);
                using (var stream = File.Create(path))
                {
                    SafetensorsWriter.Write(stream, snapshot.Metadata, [.. snapshot.Names.Zip(snapshot.Tensors, TensorMemory.BlockOf)]);
                }

                snapshot.Dispose();
                using var file = SafetensorsReader.Open(path);
                Assert.Equal(5, ClassGraphState.StepOf(file, c.K));
                Assert.Null(ClassGraphState.StepOf(file, c.K + 1));
                Assert.Equal(6, ClassGraphState.StepOf(file, c.K, pending: true));
                using (var later = ClassGraphState.Read(file, pending: true))
                {
                    Assert.Equal((6, 0.5, c.Classes), (later.Step, later.Recall, later.Lists.Classes));
                }

                return ClassGraphState.Read(file);
            }).ToArray();
            var stored = StoredGraph.Join(parts, c.Classes)!;
            using var whole = stored.Graph;
            Assert.Equal((5, 0.75), (stored.Step, stored.Recall));
            return graph.Lists.Index().All(l => l.Item.SequenceEqual(Array.ConvertAll(whole.Table.Of(l.Index).ToArray(), id => (long)id)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    });

    [Fact]
    public void AGraphOfOtherClassesIsNone()
    {
        var graph = new RandomGraph(20, 4, 1);
        var part = graph.PartOf(new ClassPartition(20, 1), 0);
        Assert.Null(StoredGraph.Join([new ClassGraphState(1, 1, part)], 21));
        part.Dispose();
    }

    private static void Collect(NeighbourIndex part, long start, long[][] lists)
    {
        var (rows, ranks) = (new int[part.K], new int[part.K]);
        for (var c = 0; c < lists.Length; c++)
        {
            var count = part.Read(c, rows, ranks);
            for (var i = 0; i < count; i++)
            {
                lists[c][ranks[i]] = start + rows[i];
            }
        }
    }

    private static void Holds(Func<SelectionCase, RandomGraph, bool> property)
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(SelectionCase.Any, c => property(c, c.Graph)));
}

// A head written by S shards reads the same on any number of shards.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Tests.Checkpoints;

public sealed class HeadRowsTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();

    [Fact]
    public void ReshardingIsBitEqual()
    {
        var cases = from classes in Gen.Choose(1, 40)
                    from width in Gen.Choose(1, 5)
                    from shards in Gen.Choose(1, 9)
                    from others in Gen.Choose(1, 9)
                    from type in Gen.Elements(ElementType.Float32, ElementType.BFloat16)
                    select (classes, width, shards, others, type);
        Check.QuickThrowOnFailure(Prop.ForAll(cases.ToArbitrary(), one =>
        {
            var weight = Blocks.Random("weight", one.type, [one.classes, one.width], one.classes).ToArray<byte>();
            var visits = Blocks.Random("visits", ElementType.Int64, [one.classes], one.width).ToArray<byte>();
            Save(one.classes, one.width, one.shards, one.type, weight, visits);
            using var checkpoint = Checkpoint.Open(_root.Path);
            var head = HeadRows.Open(checkpoint);
            Assert.Equal((one.classes, one.width, one.shards), (head.Classes, head.Width, head.Shards));
            Assert.Equal(one.type, head.TypeOf("weight"));
            Assert.Equal([one.width], head.RowShape("weight"));
            Assert.Empty(head.RowShape("visits"));
            return Gather(head, "weight", one.others).AsSpan().SequenceEqual(weight) && Gather(head, "visits", one.others).AsSpan().SequenceEqual(visits);
        }));
    }

    [Fact]
    public void RanksShareTheClassesByTheRuleOfTheHead()
    {
        Assert.Equal([(0, 4), (4, 3), (7, 3)], Enumerable.Range(0, 3).Select(rank => HeadShard.Of(10, 2, rank, 3)).Select(shard => (shard.ClassStart, shard.NumLocal)));
        Assert.Equal([(0, 1), (1, 0)], Enumerable.Range(0, 2).Select(rank => HeadShard.Of(1, 2, rank, 2)).Select(shard => (shard.ClassStart, shard.NumLocal)));
    }

    [Fact]
    public void RowsOutsideAreRefused()
    {
        Save(4, 2, 2, ElementType.Float32, new byte[32], new byte[32]);
        using var checkpoint = Checkpoint.Open(_root.Path);
        var head = HeadRows.Open(checkpoint);
        Assert.Throws<ArgumentException>(() => head.Read("weight", 3, 5, 1, 16));
        Assert.Throws<ArgumentException>(() => head.Read("weight", 3, 4, 1, 16));
        Assert.Throws<ArgumentException>(() => head.Read("weight", 3, 2, 1, 8));
        Assert.Throws<UserErrorException>(() => head.Read("momentum", 0, 1, 1, 8));
        Assert.Throws<UserErrorException>(() => HeadRows.Open(checkpoint, "optimizer"));
        Assert.Equal(new byte[8], Blocks.Fill(8, to => HeadRows.Read(checkpoint, 1, 2, to, 8)));
    }

    [Theory]
    [InlineData("gap", 5, 2, 10, 2, ElementType.Float32, "weight")]
    [InlineData("overlap", 3, 6, 10, 2, ElementType.Float32, "weight")]
    [InlineData("short", 4, 5, 10, 2, ElementType.Float32, "weight")]
    [InlineData("long", 4, 7, 10, 2, ElementType.Float32, "weight")]
    [InlineData("classes", 4, 6, 11, 2, ElementType.Float32, "weight")]
    [InlineData("width", 4, 6, 10, 3, ElementType.Float32, "weight")]
    [InlineData("type", 4, 6, 10, 2, ElementType.BFloat16, "weight")]
    [InlineData("name", 4, 6, 10, 2, ElementType.Float32, "other")]
    public void ShardsThatDoNotFitAreNamed(string what, long start, long local, long classes, long width, ElementType type, string name)
    {
        using (var writer = new CheckpointDirectory(_root.Path).Begin(1))
        {
            writer.AddTensors(HeadShard.FileName(0, 2), new HeadShard(0, 4, 10, 2).ToMetadata(), [Blocks.Random("weight", ElementType.Float32, [4, 2], 1)]);
            writer.AddTensors(HeadShard.FileName(1, 2), new HeadShard(start, local, classes, width).ToMetadata(), [Blocks.Random(name, type, [local, width], 1)]);
            writer.Commit(Samples.Info());
        }

        using var checkpoint = Checkpoint.Open(_root.Path);
        Assert.True(Assert.Throws<UserErrorException>(() => HeadRows.Open(checkpoint)).Message.Contains("head-0000", StringComparison.Ordinal), what);
    }

    [Fact]
    public void AMissingShardOrMetadataIsNamed()
    {
        using (var writer = new CheckpointDirectory(_root.Path).Begin(1))
        {
            writer.AddTensors(HeadShard.FileName(0, 2), new HeadShard(0, 4, 4, 2).ToMetadata(), [Blocks.Random("weight", ElementType.Float32, [4, 2], 1)]);
            writer.AddTensors(HeadShard.FileName(0, 1, "bare"), null, [Blocks.Random("weight", ElementType.Float32, [4, 2], 1)]);
            writer.Commit(Samples.Info());
        }

        using var checkpoint = Checkpoint.Open(_root.Path);
        Assert.Throws<UserErrorException>(() => HeadRows.Open(checkpoint));
        Assert.Contains("class_start", Assert.Throws<UserErrorException>(() => HeadRows.Open(checkpoint, "bare")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _root.Dispose();

    private static byte[] Gather(HeadRows head, string tensor, int ranks)
    {
        var bytes = head.RowBytes(tensor);
        return [.. Enumerable.Range(0, ranks)
            .Select(rank => HeadShard.Of(head.Classes, head.Width, rank, ranks))
            .SelectMany(shard => Blocks.Fill(shard.NumLocal * bytes, to => head.Read(tensor, shard.ClassStart, shard.ClassStart + shard.NumLocal, to, shard.NumLocal * bytes)))];
    }

    private void Save(long classes, long width, int shards, ElementType type, byte[] weight, byte[] visits)
    {
        using var writer = new CheckpointDirectory(_root.Path).Begin(1);
        var rowBytes = (int)width * type.Size();
        for (var index = 0; index < shards; index++)
        {
            var shard = HeadShard.Of(classes, width, index, shards);
            var (start, count) = ((int)shard.ClassStart, (int)shard.NumLocal);
            writer.AddTensors(HeadShard.FileName(index, shards), shard.ToMetadata(),
            [
                TensorBlock.FromArray("weight", type, [count, width], weight.AsSpan(start * rowBytes, count * rowBytes).ToArray()),
                TensorBlock.FromArray("visits", ElementType.Int64, [count], visits.AsSpan(start * 8, count * 8).ToArray()),
            ]);
        }

        writer.Commit(Samples.Info());
    }
}

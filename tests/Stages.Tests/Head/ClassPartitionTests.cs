// Shards are disjoint, complete and even, and every class knows its owner.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Stages.Head;

namespace XClassFlow.Stages.Tests.Head;

public sealed class ClassPartitionTests
{
    private static readonly Gen<(long Classes, int Shards)> Partitions =
        from shards in Gen.Choose(1, 70)
        from more in Gen.OneOf(Gen.Choose(0, 5), Gen.Choose(0, 3000))
        select ((long)shards + more, shards);

    [Fact]
    public void RangesAreContiguousCompleteAndEven()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Partitions.ToArbitrary(), p =>
        {
            var partition = new ClassPartition(p.Classes, p.Shards);
            var next = 0L;
            for (var s = 0; s < p.Shards; s++)
            {
                if (partition.StartOf(s) != next || partition.CountOf(s) - (p.Classes / p.Shards) is not (0 or 1))
                {
                    return false;
                }

                next += partition.CountOf(s);
            }

            return next == p.Classes;
        }));

    [Fact]
    public void OwnerHoldsTheClass()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Partitions.ToArbitrary(), p =>
        {
            var partition = new ClassPartition(p.Classes, p.Shards);
            return Enumerable.Range(0, (int)p.Classes).All(c =>
            {
                var place = c - partition.StartOf(partition.OwnerOf(c));
                return place >= 0 && place < partition.CountOf(partition.OwnerOf(c));
            });
        }));

    [Fact]
    public void SharesOfABudgetAddUpToIt()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Partitions.ToArbitrary(), p =>
            Enumerable.Range(0, p.Shards).Sum(s => ClassPartition.ShareOf(p.Classes, p.Shards, s)) == p.Classes));
}

// The order of samples: a permutation for every size, seed and epoch, shared out over ranks without loss or overlap.
using FsCheck;
using FsCheck.Fluent;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Tests.DataSets;

public sealed class EpochShuffleTests
{
    private static readonly Config Quick = Config.QuickThrowOnFailure;

    [Fact]
    public void EveryEpochIsAPermutation() => Check.One(Quick, Prop.ForAll(
        Gen.Choose(1, 3000).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), Gen.Choose(0, 50).ToArbitrary(),
        (count, seed, epoch) =>
        {
            var shuffle = new EpochShuffle(count, (ulong)seed);
            return IsPermutation(Enumerable.Range(0, count).Select(i => shuffle.IndexAt(((long)epoch * count) + i)), count);
        }));

    [Fact]
    public void EverySmallSizeIsAPermutation()
    {
        for (var count = 1; count <= 300; count++)
        {
            var shuffle = new EpochShuffle(count, 5);
            Assert.True(IsPermutation(Enumerable.Range(0, count).Select(i => shuffle.IndexAt(i)), count), $"{count}");
        }
    }

    [Fact]
    public void RanksShareAnEpochWhateverTheBatch() => Check.One(Quick, Prop.ForAll(
        Gen.Choose(1, 2000).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(),
        (count, ranks, perRank) =>
        {
            // Step s, rank r takes positions s R b + r b ... + b - 1: the way batches are cut.
            var shuffle = new EpochShuffle(count, 11);
            var seen = new List<long>();
            for (long step = 0; step * ranks * perRank < count; step++)
            {
                for (var rank = 0; rank < ranks; rank++)
                {
                    var start = ((step * ranks) + rank) * perRank;
                    seen.AddRange(Enumerable.Range(0, perRank).Select(i => start + i).Where(p => p < count).Select(shuffle.IndexAt));
                }
            }

            return IsPermutation(seen, count);
        }));

    [Fact]
    public void EpochsAndSeedsDiffer() => Check.One(Quick, Prop.ForAll(
        Gen.Choose(50, 5000).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(),
        (count, seed) =>
        {
            var (one, other) = (new EpochShuffle(count, (ulong)seed), new EpochShuffle(count, (ulong)seed + 1));
            var places = Enumerable.Range(0, count).ToArray();
            return places.Count(i => one.IndexAt(i) == one.IndexAt(i + count)) < count / 4
                && places.Count(i => one.IndexAt(i) == other.IndexAt(i)) < count / 4
                && places.Count(i => one.IndexAt(i) == i) < count / 4;
        }));

    [Fact]
    public void PlacesAreUniform()
    {
        // Where sample 0 of 10 lands over 20,000 epochs: 2,000 each, give or take 5 deviations.
        var shuffle = new EpochShuffle(10, 3);
        var landed = new int[10];
        for (long epoch = 0; epoch < 20_000; epoch++)
        {
            landed[shuffle.IndexAt(epoch * 10)]++;
        }

        Assert.All(landed, n => Assert.InRange(n, 1790, 2210));
    }

    [Theory]
    [InlineData(1L << 40)]
    [InlineData((1L << 40) - 1)]
    [InlineData(100_000_000L)]
    [InlineData((1L << 38) + 1)]
    public void LargeSizesStayInRangeAndDoNotRepeat(long count)
    {
        var shuffle = new EpochShuffle(count, 9);
        var seen = new HashSet<long>();
        for (long i = 0; i < 2000; i++)
        {
            var index = shuffle.IndexAt((3 * count) + (i * (count / 2000)));
            Assert.InRange(index, 0, count - 1);
            Assert.True(seen.Add(index));
        }
    }

    [Fact]
    public void UnshuffledKeepsTheOrder()
    {
        var order = EpochShuffle.Unshuffled(7);
        Assert.False(order.IsShuffled);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 0, 1], Enumerable.Range(0, 9).Select(i => order.IndexAt(i)));
        Assert.Equal(1, order.EpochOf(7));
    }

    [Fact]
    public void WrongSizesAndPositionsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpochShuffle(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpochShuffle(EpochShuffle.MaxCount + 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EpochShuffle(5, 1).IndexAt(-1));
    }

    private static bool IsPermutation(IEnumerable<long> indices, int count)
    {
        var seen = new bool[count];
        var number = 0;
        foreach (var index in indices)
        {
            if (index < 0 || index >= count || seen[index])
            {
                return false;
            }

            seen[index] = true;
            number++;
        }

        return number == count;
    }
}

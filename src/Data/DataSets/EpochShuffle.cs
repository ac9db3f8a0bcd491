// The order in which samples are visited: a permutation per epoch, computed position by position instead of stored.
using System.Numerics;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Data.DataSets;

/// <summary>
/// A permutation of [0, count) for each epoch, in O(1) memory and with random access: a Feistel network over the next power of four, walked
/// until it lands inside the range (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). Resuming in the middle of an
/// epoch therefore costs nothing, and ranks that take disjoint positions take disjoint samples. Immutable and thread-safe.
/// </summary>
public sealed class EpochShuffle
{
    /// <summary>The largest number of samples, 2^40.</summary>
    public const long MaxCount = 1L << 40;

    private const int Rounds = 8;

    private readonly ulong _seed;
    private readonly int _halfBits;
    private readonly ulong _halfMask;

    /// <param name="count">Samples in an epoch, 1 to 2^40.</param>
    /// <param name="seed">Seed of the order.</param>
    public EpochShuffle(long count, ulong seed)
        : this(count, seed, isShuffled: true)
    {
    }

    private EpochShuffle(long count, ulong seed, bool isShuffled)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        Count = count;
        IsShuffled = isShuffled;
        _seed = seed;
        var bits = Math.Max(2, 64 - BitOperations.LeadingZeroCount((ulong)count - 1));
        _halfBits = (bits + 1) / 2;
        _halfMask = (1UL << _halfBits) - 1;
    }

    /// <summary>Samples in an epoch.</summary>
    public long Count { get; }

    /// <summary>False where every epoch goes through the samples in their own order.</summary>
    public bool IsShuffled { get; }

    /// <summary>The order of the data set itself, every epoch: for evaluation.</summary>
    public static EpochShuffle Unshuffled(long count) => new(count, 0, isShuffled: false);

    /// <summary>The epoch that a position lies in.</summary>
    public long EpochOf(long position) => position / Count;

    /// <summary>The sample at a position.</summary>
    /// <param name="position">Samples visited before it, over all epochs: epoch * count + place in the epoch. Not negative.</param>
    /// <returns>A sample index in [0, count).</returns>
    public long IndexAt(long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        var (epoch, place) = Math.DivRem(position, Count);
        if (!IsShuffled)
        {
            return place;
        }

        var key = SplitMix64.Derive(_seed, (ulong)epoch);
        var value = (ulong)place;
        do
        {
            // The domain is less than four times the range, so fewer than four rounds are expected; a cycle always returns.
            value = Permute(value, key);
        }
        while (value >= (ulong)Count);
        return (long)value;
    }

    private ulong Permute(ulong value, ulong key)
    {
        var left = value >> _halfBits;
        var right = value & _halfMask;
        for (var round = 0; round < Rounds; round++)
        {
            key += SplitMix64.Increment;
            (left, right) = (right, left ^ (SplitMix64.Mix(right ^ key) & _halfMask));
        }

        return (left << _halfBits) | right;
    }
}

// The random numbers of stochastic rounding: a pure function of run, step, class and element.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using XClassFlow.Data.Randomness;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// Key of one row in one step. A number depends on nothing but the key and the element's position, so what is stored does not depend on threads, shards, chunks or the order of rows.
/// The mixing is a 32-bit finaliser of two multiplications (Wellons, "Prospecting for hash functions", lowbias32), which AVX2 has; the second half of the key goes in between.
/// </summary>
internal readonly record struct RoundingKey(uint First, uint Second)
{
    private const uint Increment = 0x9E3779B9;
    private const uint Multiplier1 = 0x7FEB352D;
    private const uint Multiplier2 = 0x846CA68B;
    private const uint Low16 = 0xFFFF;

    /// <summary>The key of a class in a step.</summary>
    /// <param name="stepKey">Derived from run seed, purpose and step.</param>
    /// <param name="row">Global class number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RoundingKey Of(ulong stepKey, long row)
    {
        var mixed = SplitMix64.Mix(stepKey + ((ulong)row * SplitMix64.Increment));
        return new RoundingKey((uint)mixed, (uint)(mixed >> 32));
    }

    /// <summary>Uniform in [0, 2^16) for elements d to d + 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<uint> Next(int d)
    {
        var x = Vector256.Create(First) + ((Vector256.Create((uint)d) + Vector256<uint>.Indices) * Increment);
        x = (x ^ (x >>> 16)) * Multiplier1;
        x ^= Vector256.Create(Second);
        x = (x ^ (x >>> 15)) * Multiplier2;
        return (x ^ (x >>> 16)) & Vector256.Create(Low16);
    }

    /// <summary>The scalar twin of <see cref="Next"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextOne(int d)
    {
        var x = First + ((uint)d * Increment);
        x = (x ^ (x >> 16)) * Multiplier1;
        x ^= Second;
        x = (x ^ (x >> 15)) * Multiplier2;
        return (x ^ (x >> 16)) & Low16;
    }
}

// A random stream that is a pure function of its key: the n-th number never depends on threads, ranks or earlier reads of others.
namespace XClassFlow.Data.Randomness;

/// <summary>SplitMix64 as a stream. A mutable struct: keep it in a local and pass it by reference. Not for cryptography.</summary>
public struct CounterRandom
{
    private const float Unit24 = 1f / (1 << 24);

    // Sum of eight uniform bytes: mean 8 * 127.5, variance 8 * (256^2 - 1) / 12.
    private const float ByteSumMean = 1020f;
    private const float ByteSumScale = 1f / 209.0215f;

    private ulong _state;

    public CounterRandom(ulong key) => _state = key;

    /// <summary>Uniform over all 64-bit integers.</summary>
    public ulong NextUInt64() => SplitMix64.Mix(_state += SplitMix64.Increment);

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * Unit24;

    /// <summary>Uniform in [low, high).</summary>
    public float NextSingle(float low, float high) => low + ((high - low) * NextSingle());

    /// <summary>Uniform in [0, bound); the bias is below bound / 2^64.</summary>
    public int NextInt32(int bound) => (int)Math.BigMul(NextUInt64(), (ulong)bound, out _);

    /// <summary>
    /// Mean 0, variance 1, close to a Gaussian (sum of eight uniform bytes: kurtosis 2.85, never beyond 4.9 deviations): one hash a value,
    /// no transcendental function, so the same bits on every machine.
    /// </summary>
    public float NextGaussian() => (ByteSum(NextUInt64()) - ByteSumMean) * ByteSumScale;

    /// <summary>Two rougher Gaussians from one hash (four uniform bytes each: kurtosis 2.7): for noise on pixels.</summary>
    public (float First, float Second) NextRoughGaussians()
    {
        const float scale = 1f / 147.8005f;
        var bits = NextUInt64();
        var pairs = (bits & 0x00FF00FF00FF00FF) + ((bits >> 8) & 0x00FF00FF00FF00FF);
        var fours = (pairs + (pairs >> 16)) & 0x0000FFFF0000FFFF;
        return (((uint)fours - 510f) * scale, ((fours >> 32) - 510f) * scale);
    }

    private static float ByteSum(ulong bits)
    {
        var pairs = (bits & 0x00FF00FF00FF00FF) + ((bits >> 8) & 0x00FF00FF00FF00FF);
        return (pairs * 0x0001000100010001) >> 48;
    }
}

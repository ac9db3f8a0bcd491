// The hash behind every reproducible choice in this project: SplitMix64's finalizer, keyed by chaining.
namespace XClassFlow.Data.Randomness;

/// <summary>
/// Stateless 64-bit mixing (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). Equal inputs give equal
/// outputs on every machine, thread and run; different inputs give outputs that look independent.
/// </summary>
public static class SplitMix64
{
    /// <summary>The odd constant by which a SplitMix64 counter advances.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    /// <summary>A bijection of the 64-bit integers with full avalanche.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Derives a key from a key and a number; order matters.</summary>
    public static ulong Derive(ulong key, ulong number) => Mix(Mix(key + Increment) + (number * Increment) + 1);

    /// <summary>Derives a key from a key and two numbers; order matters.</summary>
    public static ulong Derive(ulong key, ulong first, ulong second) => Derive(Derive(key, first), second);
}

// Derives independent seeds from the run's seed by hashing, so that nothing depends on which thread drew first.
namespace XClassFlow.Stages.Flow;

/// <summary>Seed derivation (SplitMix64's finaliser over the parts in order).</summary>
public static class Seeds
{
    public static ulong Mix(params ReadOnlySpan<ulong> parts)
    {
        var state = 0x9E3779B97F4A7C15UL;
        foreach (var part in parts)
        {
            state = Finalise(state ^ part) + 0x9E3779B97F4A7C15UL;
        }

        return state;
    }

    /// <summary>A stable hash of a name (FNV-1a); string.GetHashCode differs between processes.</summary>
    public static ulong Hash(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return hash;
    }

    private static ulong Finalise(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}

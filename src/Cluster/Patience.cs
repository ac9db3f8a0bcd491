// How long a thread looks for work before it sleeps.
using System.Diagnostics;

namespace XClassFlow.Cluster;

/// <summary>
/// Waking a thread that sleeps costs more than a small message; so a thread that has just had work looks for more for a moment. It gives its core to any other thread that wants it meanwhile.
/// One object per wait.
/// </summary>
internal struct Patience
{
    /// <summary>20 microseconds, about what waking costs; 50 to 1,000 were no better in `xclassflow bench allreduce`, none was worse.</summary>
    private static readonly long Longest = Stopwatch.Frequency * 20 / 1_000_000;

    private long _began;

    /// <summary>Lets others run; false when it is time to sleep.</summary>
    public bool Spin()
    {
        var now = Stopwatch.GetTimestamp();
        if (_began == 0)
        {
            _began = now;
        }
        else if (now - _began > Longest)
        {
            return false;
        }

        Thread.Yield();
        return true;
    }
}

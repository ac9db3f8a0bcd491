// Cuts an index range into contiguous pieces, one for each thread.
namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// The calling thread takes part, so nothing waits for a busy thread pool; the pool's threads are held for a few milliseconds. Short ranges stay on the calling thread.
/// </summary>
internal static class IndexRanges
{
    /// <summary>Ranges of fewer values are not worth a second thread.</summary>
    public const int Smallest = 1 << 16;

    /// <summary>How many pieces a range of this length is cut into.</summary>
    public static int PiecesOf(int length, int threads) => Math.Clamp(length / Smallest, 1, Math.Max(1, threads));

    /// <summary>Start of a piece; the end of the one before it. A multiple of 32, but for the last end.</summary>
    public static int StartOf(int piece, int pieces, int length) => piece == pieces ? length : (int)((long)length * piece / pieces) & ~31;

    /// <summary>Runs every piece: (piece, from, to).</summary>
    public static void Run(int length, int threads, Action<int, int, int> run)
    {
        var pieces = PiecesOf(length, threads);
        if (pieces == 1)
        {
            run(0, 0, length);
            return;
        }

        Parallel.For(
            0,
            pieces,
            new ParallelOptions { MaxDegreeOfParallelism = pieces },
            piece => run(piece, StartOf(piece, pieces, length), StartOf(piece + 1, pieces, length)));
    }
}

// How a step's active rows are cut: chunks that are multiplied at once, and pieces of chunks that are summed apart.
namespace XClassFlow.Stages.Head;

/// <summary>
/// A function of sizes and settings alone, never of the number of threads, so that sums are taken in the same order on any machine.
/// </summary>
internal sealed class ChunkPlan
{
    private const int SmallestChunk = 128;
    private const int MostPieces = 32;
    private const long PieceBytes = 32 << 20;

    private readonly int _count;
    private readonly int _chunk;

    /// <param name="count">A, active rows.</param>
    /// <param name="width">D.</param>
    /// <param name="globalBatch">B.</param>
    /// <param name="settings">Largest chunk, and memory for what is kept.</param>
    public ChunkPlan(int count, int width, int globalBatch, HeadSettings settings)
    {
        _count = count;

        // Few rows are cut smaller, so that there is work for several threads.
        var shared = ((count / 8) + 63) / 64 * 64;
        _chunk = Math.Min(settings.Chunk, Math.Max(SmallestChunk, shared));
        Chunks = (count + _chunk - 1) / _chunk;
        Pieces = (int)Math.Min(Chunks, Math.Clamp(PieceBytes / ((long)globalBatch * width * sizeof(float)), 4, MostPieces));
        KeptBytes = (long)_chunk * (width + globalBatch) * sizeof(float);
        Kept = (int)Math.Min(Chunks, ((long)settings.KeptMib << 20) / KeptBytes);
    }

    public int Chunks { get; }

    public int Pieces { get; }

    /// <summary>The first chunks, whose rows and exponentials are kept for the update; those of the others are computed again.</summary>
    public int Kept { get; }

    /// <summary>Bytes of each of them.</summary>
    public long KeptBytes { get; }

    /// <summary>First active row of a chunk, and how many.</summary>
    public (int Start, int Count) Chunk(int chunk) => (chunk * _chunk, Math.Min(_chunk, _count - (chunk * _chunk)));

    /// <summary>The chunks of a piece.</summary>
    public (int First, int End) Piece(int piece) => ((int)((long)Chunks * piece / Pieces), (int)((long)Chunks * (piece + 1) / Pieces));
}

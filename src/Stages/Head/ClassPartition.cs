// Which shard owns which classes.
namespace XClassFlow.Stages.Head;

/// <summary>
/// Splits N classes into R contiguous ranges whose sizes differ by at most one: num_local = N div R + (r &lt; N mod R),
/// class_start = (N div R) r + min(r, N mod R) (PartialFC, ICCVW 2021).
/// </summary>
/// <param name="Classes">N.</param>
/// <param name="Shards">R.</param>
public readonly record struct ClassPartition(long Classes, int Shards)
{
    public long CountOf(int shard) => (Classes / Shards) + (shard < Classes % Shards ? 1 : 0);

    public long StartOf(int shard) => (Classes / Shards * shard) + Math.Min(shard, Classes % Shards);

    public int OwnerOf(long label)
    {
        var (size, larger) = Math.DivRem(Classes, Shards);
        var boundary = (size + 1) * larger;
        return (int)(label < boundary ? label / (size + 1) : larger + ((label - boundary) / size));
    }

    /// <summary>The shard's part of a budget over all classes.</summary>
    public static long ShareOf(long budget, int shards, int shard) => (budget / shards) + (shard < budget % shards ? 1 : 0);
}

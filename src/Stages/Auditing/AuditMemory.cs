// What audits need of memory, for the plan of a run.
using XClassFlow.Stages.Head;

namespace XClassFlow.Stages.Auditing;

/// <summary>
/// Counts what <see cref="ShardAudit"/> and <see cref="Auditor"/> allocate: the sampled rows kept between graphs, and the larger of the exact pass and the comparison, of which the first has ended when the
/// second begins. A samples, R sampled classes (0 without a class graph), K neighbours, D width.
/// </summary>
internal static class AuditMemory
{
    private const int Float = sizeof(float);

    // A neighbour on its way: its class and its score.
    private const int Neighbour = sizeof(long) + Float;

    /// <summary>Bytes of one shard.</summary>
    /// <param name="settings">A and R.</param>
    /// <param name="head">How training computes its loss.</param>
    /// <param name="rows">Rows of the shard.</param>
    /// <param name="width">D.</param>
    /// <param name="neighbours">K; 0 without a class graph.</param>
    /// <param name="threads">Threads of an operation.</param>
    public static long OfShard(AuditSettings settings, HeadSettings head, long rows, int width, int neighbours, int threads)
    {
        var plan = new ChunkPlan((int)rows, width, settings.Samples, head with { KeptMib = 0 });
        var exact = ((plan.Pieces + 2L) * settings.Samples * width * Float) + ((long)threads * plan.Chunk(0).Count * (width + settings.Samples) * Float);
        if (neighbours == 0)
        {
            return exact;
        }

        // Kept, now, of all shards; then neighbours found, their copies in the part, and those listed. More than that may wait for the garbage collector.
        var sampled = (long)settings.Classes * ((3L * width * Float) + (3L * neighbours * Neighbour));
        return sampled + Math.Max(exact, ClassScores.BytesFor(rows, width, Math.Min(settings.Classes, ShardAudit.QueriesAtOnce), neighbours, threads));
    }

    /// <summary>Bytes of the stage that joins the parts of all shards.</summary>
    /// <param name="settings">A and R.</param>
    /// <param name="neighbours">K; 0 without a class graph.</param>
    /// <param name="shards">S.</param>
    public static long OfAuditor(AuditSettings settings, int neighbours, int shards)
        => ((long)shards * settings.Samples * 5 * Float) + ((long)settings.Classes * neighbours * Neighbour * (shards + 1));
}

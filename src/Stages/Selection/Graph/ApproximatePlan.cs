// What an approximate build will use, decided before anything is allocated.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Sizes that follow from the settings, N and the memory bound.</summary>
/// <param name="Parts">Number of parts.</param>
/// <param name="MaxKeys">Most keys of a piece of a part.</param>
/// <param name="MostPartsPerClass">Parts that a class may look into.</param>
/// <param name="Reach">How far a round of propagation looks.</param>
/// <param name="Bytes">Most memory beyond the rows.</param>
internal sealed record ApproximatePlan(int Parts, int MaxKeys, int MostPartsPerClass, PropagationReach Reach, long Bytes)
{
    private const int MostParts = 64;

    /// <exception cref="Data.UserErrorException">The bound is too small; says what is needed.</exception>
    public static ApproximatePlan For(IUnitRows rows, ApproximateGraphSettings settings, int threads) => For(rows.Count, rows.Width, settings, threads);

    /// <summary>The same before there are rows.</summary>
    /// <exception cref="Data.UserErrorException">The bound is too small; says what is needed.</exception>
    public static ApproximatePlan For(long classes, int width, ApproximateGraphSettings settings, int threads) =>
        Find(classes, width, settings, threads) ?? throw GraphLimits.TooLittle(settings.Memory, Sizes(classes, width, settings, threads, 0).Bytes, classes, settings.K);

    /// <summary>The plan; null where the bound is too small.</summary>
    public static ApproximatePlan? Find(IUnitRows rows, ApproximateGraphSettings settings, int threads) => Find(rows.Count, rows.Width, settings, threads);

    private static ApproximatePlan? Find(long classes, int width, ApproximateGraphSettings settings, int threads)
    {
        // Reverse neighbours find more but cost a third of the memory: the first to go.
        var plan = Sizes(classes, width, settings, threads, Math.Min(settings.Length, 255));
        plan = plan.Bytes <= settings.Memory ? plan : Sizes(classes, width, settings, threads, 0);
        return plan.Bytes <= settings.Memory ? plan : null;
    }

    private static ApproximatePlan Sizes(long n, int width, ApproximateGraphSettings settings, int threads, int reverse)
    {
        var length = settings.Length;
        var parts = (int)Math.Max(1, Math.Min(n / 8, (n + settings.PartSize - 1) / settings.PartSize));
        var maxKeys = (int)Math.Min(n, 4L * settings.PartSize);
        var reach = new PropagationReach(length, length, reverse);
        var lists = 8L * length * n;
        var search = PartTree.BytesFor(parts, width, threads) + (threads * (KeyPanel.BytesFor(maxKeys, width) + Graph.Parts.WorkerBytes(width)));
        var propagation = (reverse > 0 ? ReverseLists.BytesFor(reverse) * n : 0) + (4L * n) + (threads * Propagation.WorkerBytes(length, reach, width));
        var recall = GraphRecall.BytesFor(settings.Sample, settings.K, width, threads);
        var others = Math.Max(Math.Max(propagation, 4L * settings.K * n), recall);

        // As many parts per class as there is room for, at least two.
        var room = (settings.Memory - lists - search) / (8L * n);
        var most = Math.Min(parts, settings.PartsPerClass > 0 ? settings.PartsPerClass : (int)Math.Clamp(room, 2, MostParts));
        return new ApproximatePlan(parts, maxKeys, most, reach, lists + Math.Max(search + (8L * most * n), others));
    }

    /// <exception cref="Data.UserErrorException">The bound is too small; says what is needed.</exception>
    public static ApproximatePlan ForRefresh(IUnitRows rows, ApproximateGraphSettings settings, int threads)
    {
        var length = settings.Length;
        var reach = new PropagationReach(Math.Min(length, settings.RefreshReach), Math.Min(length, settings.RefreshReach), 0);
        var bytes = (8L * length * rows.Count) + (((4L * settings.K) + 5L) * rows.Count) + (threads * Propagation.WorkerBytes(length, reach, rows.Width));
        return bytes <= settings.Memory ? new ApproximatePlan(0, 0, 0, reach, bytes) : throw GraphLimits.TooLittle(settings.Memory, bytes, rows.Count, settings.K);
    }
}

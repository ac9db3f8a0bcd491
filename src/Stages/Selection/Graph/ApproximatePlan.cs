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
    public static ApproximatePlan For(IUnitRows rows, ApproximateGraphSettings settings, int threads)
    {
        var (n, length) = (rows.Count, settings.Length);
        var parts = (int)Math.Max(1, Math.Min(n / 8, (n + settings.PartSize - 1) / settings.PartSize));
        var maxKeys = (int)Math.Min(n, 4L * settings.PartSize);
        var lists = 8L * length * n;
        var search = PartTree.BytesFor(parts, rows.Width) + (threads * (KeyPanel.BytesFor(maxKeys, rows.Width) + (1024L * rows.Width * sizeof(float))));
        var output = 4L * settings.K * n;
        var bytes = 0L;

        // Reverse neighbours find more but cost a third of the memory: the first to go.
        foreach (var reverse in (int[])[Math.Min(length, 255), 0])
        {
            var reach = new PropagationReach(length, length, reverse);
            var propagation = (reverse > 0 ? ReverseLists.BytesFor(reverse) * n : 0) + (4L * n) + (threads * Propagation.WorkerBytes(length, reach, rows.Width));
            var wanted = settings.PartsPerClass > 0 ? settings.PartsPerClass : 2;
            bytes = lists + Math.Max(Math.Max(search + (8L * Math.Min(wanted, parts) * n), propagation), output);
            if (bytes <= settings.Memory)
            {
                var most = settings.PartsPerClass > 0 ? settings.PartsPerClass : (int)Math.Min(MostParts, (settings.Memory - lists - search) / (8L * n));
                return new ApproximatePlan(parts, maxKeys, Math.Min(most, parts), reach, Math.Max(bytes, lists + search + (8L * Math.Min(most, parts) * n)));
            }
        }

        throw GraphLimits.TooLittle(settings.Memory, bytes, n, settings.K);
    }

    /// <exception cref="Data.UserErrorException">The bound is too small; says what is needed.</exception>
    public static ApproximatePlan ForRefresh(IUnitRows rows, ApproximateGraphSettings settings, int threads)
    {
        var length = settings.Length;
        var reach = new PropagationReach(Math.Min(length, settings.RefreshReach), Math.Min(length, settings.RefreshReach), 0);
        var bytes = (8L * length * rows.Count) + ((4L * settings.K) + 5L) * rows.Count + (threads * Propagation.WorkerBytes(length, reach, rows.Width));
        return bytes <= settings.Memory ? new ApproximatePlan(0, 0, 0, reach, bytes) : throw GraphLimits.TooLittle(settings.Memory, bytes, rows.Count, settings.K);
    }
}

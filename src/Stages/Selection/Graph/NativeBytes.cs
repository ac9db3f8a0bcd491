// Counts the bytes that class graph builders hold outside the managed heap.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>What shows, in tests and reports, that a memory bound was kept. Process-wide and thread-safe.</summary>
internal static class NativeBytes
{
    private static long s_live;
    private static long s_peak;

    public static long Live => Interlocked.Read(ref s_live);

    /// <summary>Most since <see cref="ResetPeak"/>.</summary>
    public static long Peak => Interlocked.Read(ref s_peak);

    public static void ResetPeak() => Interlocked.Exchange(ref s_peak, Live);

    public static void Add(long bytes)
    {
        var live = Interlocked.Add(ref s_live, bytes);
        for (var peak = Peak; live > peak && Interlocked.CompareExchange(ref s_peak, live, peak) != peak; peak = Peak)
        {
        }
    }
}

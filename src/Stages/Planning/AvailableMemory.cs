// How much memory this process may still take.
using System.Globalization;

namespace XClassFlow.Stages.Planning;

public static class AvailableMemory
{
    private const string SystemFile = "/proc/meminfo";
    private const string Key = "MemAvailable:";

    /// <summary>Bytes that can be allocated without swapping: of the machine, or of the container where that is less.</summary>
    public static long Bytes()
    {
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (!File.Exists(SystemFile) || File.ReadLines(SystemFile).FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)) is not { } line)
        {
            return limit;
        }

        var free = long.Parse(line[Key.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) << 10;
        return Math.Min(limit, free + Environment.WorkingSet);
    }
}

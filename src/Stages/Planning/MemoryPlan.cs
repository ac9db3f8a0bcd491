// What a process of a run will need, before anything is allocated.
using System.Globalization;
using XClassFlow.Data;

namespace XClassFlow.Stages.Planning;

/// <summary>The memory of the largest process of a run.</summary>
/// <param name="Classes">N.</param>
/// <param name="Items">Kind by kind.</param>
/// <param name="Available">Bytes that there are for it.</param>
public sealed record MemoryPlan(long Classes, IReadOnlyList<MemoryItem> Items, long Available)
{
    private const double Gibibyte = 1L << 30;

    /// <summary>Bytes of all kinds.</summary>
    public long Total => Items.Sum(i => i.Bytes);

    public bool Fits => Total <= Available;

    /// <summary>The most classes that would fit with everything else the same; 0 where not even the rest does.</summary>
    public long LargestClasses
    {
        get
        {
            var perClass = Items.Where(i => i.PerClass).Sum(i => (double)i.Bytes) / Classes;
            var rest = Items.Where(i => !i.PerClass).Sum(i => i.Bytes);
            return Available <= rest ? 0 : (long)Math.Min(1e15, (Available - rest) / Math.Max(perClass, 1e-9));
        }
    }

    /// <exception cref="UserErrorException">It does not fit; says what takes most, and what would fit.</exception>
    public void RequireFit(string where)
    {
        if (!Fits)
        {
            var largest = Items.OrderByDescending(i => i.Bytes).First();
            throw new UserErrorException(
                string.Create(CultureInfo.InvariantCulture, $"needs {Total / Gibibyte:F1} GiB in one process, of which {largest.Bytes / Gibibyte:F1} GiB are {largest.Name}; there are {Available / Gibibyte:F1} GiB"),
                where,
                string.Create(CultureInfo.InvariantCulture, $"at most {LargestClasses:N0} classes fit; see `xclassflow plan`, or set limits.memory if there is more"));
        }
    }
}

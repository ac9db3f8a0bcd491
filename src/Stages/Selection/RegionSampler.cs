// Chooses far classes of a shard, more from regions that matter more to the labels.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// How much a class adds to a sample's softmax is known on average before anything is multiplied: by the region of the label and that of the class. A class of region r is chosen with a probability
/// pi_r in proportion to
/// <code>w_r = f + (1 - f) mean over labels y of a(y, r) / sum over all classes c of a(y, c) / N,</code>
/// a: <see cref="ClassRegions.Affinities"/>, and f = <see cref="Floor"/>, so that no class is left to chance alone. How many come from each region is decided by systematic sampling (one random number; n_r is
/// the expected number rounded up or down, Madow 1949), which of its classes is uniform. A chosen class stands for 1 / pi_r (Horvitz and Thompson 1952), or, where its region gives one in any
/// case, for its share of the region: the estimate of sum_j exp(z_j) is unbiased, and its error is that within regions only.
/// </summary>
/// <remarks>Owns the regions and the order of the shard's classes, 4 bytes each. Not thread-safe.</remarks>
internal sealed unsafe class RegionSampler : IDisposable
{
    /// <summary>Share of the choice that is uniform.</summary>
    public const double Floor = 0.1;

    // Sums of expected numbers are whole but for rounding.
    private const double Tolerance = 1e-9;

    private readonly long _classStart;
    private readonly byte* _regionOf;
    private readonly NativeBuffer<int> _members;
    private readonly long[] _starts;
    private readonly double[] _relative;

    /// <param name="regions">Of all classes; taken over.</param>
    /// <param name="classStart">First class of the shard.</param>
    /// <param name="classCount">Classes of the shard.</param>
    public RegionSampler(ClassRegions regions, long classStart, long classCount)
    {
        Shapes.Require(regions.Affinities, "affinities of regions", ScalarType.Float32, -1, regions.Affinities.shape[0]);
        Shapes.Require(regions.Of, "regions of classes", ScalarType.Byte, -1);
        Regions = regions;
        _classStart = classStart;
        Count = (int)regions.Affinities.shape[0];
        _regionOf = (byte*)TensorMemory.AddressOf(regions.Of);
        var sizes = Sizes(0, regions.Of.shape[0]);
        _relative = Relative(TensorMemory.FloatsOf(regions.Affinities), sizes);
        _starts = new long[Count + 1];
        foreach (var (region, size) in Sizes(classStart, classCount).Index())
        {
            _starts[region + 1] = _starts[region] + size;
        }

        _members = new NativeBuffer<int>(classCount);
        var next = _starts[..Count];
        for (var row = 0L; row < classCount; row++)
        {
            _members.Pointer[next[_regionOf[classStart + row]]++] = (int)row;
        }
    }

    /// <summary>P.</summary>
    public int Count { get; }

    public ClassRegions Regions { get; }

    /// <summary>Chooses rows.</summary>
    /// <param name="labels">Of the group, over all shards.</param>
    /// <param name="count">How many; at most as many as are left.</param>
    /// <param name="rows">The chosen ones so far, marked; added to.</param>
    /// <param name="marks">Their marks; added to.</param>
    /// <param name="seed">Of the choice.</param>
    /// <returns>What each new row stands for.</returns>
    public float[] Take(IReadOnlyList<long> labels, long count, List<long> rows, RowMarks marks, ulong seed)
    {
        var left = new long[Count];
        for (var r = 0; r < Count; r++)
        {
            left[r] = _starts[r + 1] - _starts[r];
        }

        foreach (var row in rows)
        {
            left[_regionOf[_classStart + row]]--;
        }

        var expected = Expected(Weights(labels), left, count);
        var represents = new List<float>((int)count);
        var draws = new UniformDraw(marks, rows, seed);
        var (sum, before) = (draws.Fraction() + Tolerance, 0L);
        for (var r = 0; r < Count; r++)
        {
            sum += expected[r];
            var upTo = r == Count - 1 ? count : Math.Min(count, (long)sum);
            var chosen = Math.Min(upTo - before, left[r]);
            before += chosen;
            draws.Take(_members.Pointer + _starts[r], _starts[r + 1] - _starts[r], left[r], chosen);
            var weight = (float)(left[r] / (expected[r] >= 1 ? chosen : expected[r]));
            for (var i = 0L; i < chosen; i++)
            {
                represents.Add(weight);
            }
        }

        return [.. represents];
    }

    public void Dispose()
    {
        _members.Dispose();
        Regions.Dispose();
    }

    /// <summary>Expected number of rows of every region: in proportion to weight and rows left, and no more than are left.</summary>
    internal static double[] Expected(double[] weights, long[] left, long count)
    {
        var expected = new double[left.Length];
        var open = Enumerable.Range(0, left.Length).Where(r => left[r] > 0).ToList();
        var remaining = (double)count;
        while (true)
        {
            var mass = open.Sum(r => weights[r] * left[r]);
            var full = open.Where(r => remaining * weights[r] >= mass).ToArray();
            foreach (var r in full)
            {
                expected[r] = left[r];
                remaining -= left[r];
                open.Remove(r);
            }

            if (full.Length == 0)
            {
                open.ForEach(r => expected[r] = remaining * weights[r] * left[r] / mass);
                return expected;
            }
        }
    }

    private double[] Weights(IReadOnlyList<long> labels)
    {
        var weights = new double[Count];
        Array.Fill(weights, Floor);
        foreach (var group in labels.GroupBy(label => _regionOf[label]))
        {
            var share = (1 - Floor) * group.Count() / labels.Count;
            for (var r = 0; r < Count; r++)
            {
                weights[r] += share * _relative[(group.Key * Count) + r];
            }
        }

        return weights;
    }

    // Affinities with a mean of 1 over all classes.
    private double[] Relative(float* affinities, long[] sizes)
    {
        var relative = new double[Count * Count];
        for (var a = 0; a < Count; a++)
        {
            var total = 0.0;
            for (var b = 0; b < Count; b++)
            {
                total += (double)affinities[(a * Count) + b] * sizes[b];
            }

            for (var b = 0; b < Count; b++)
            {
                relative[(a * Count) + b] = total > 0 ? affinities[(a * Count) + b] * (sizes.Sum() / total) : 1;
            }
        }

        return relative;
    }

    private long[] Sizes(long start, long count)
    {
        var sizes = new long[Count];
        for (var c = start; c < start + count; c++)
        {
            sizes[_regionOf[c]]++;
        }

        return sizes;
    }
}

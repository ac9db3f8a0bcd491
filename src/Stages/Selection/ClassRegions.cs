// All classes divided into a few hundred regions of similar rows.
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>Made of the same rows as a class graph, and used as long. Owns its tensors.</summary>
/// <param name="Of">uint8 [N]: the region of every class.</param>
/// <param name="Affinities">float32 [P, P]: mean of exp(scale (cos - 1)) between a class of one region and another class of the other, on a sample of all pairs of regions whose centres are as near.</param>
internal sealed record ClassRegions(Tensor Of, Tensor Affinities) : IDisposable
{
    private const int Most = 256;
    private const int LeastClasses = 16;
    private const int Block = 256;

    // Of the cosine of two centres, and one for a region with itself.
    private const int Bins = 65;

    private static readonly ulong Purpose = Seeds.Hash("regions");

    /// <summary>Divides the classes: spherical k-means on a sample, then every class by its nearest centre. N P D products.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="scale">Of the softmax.</param>
    /// <param name="seed">Of the samples; the result depends on nothing else.</param>
    /// <param name="team">Who computes.</param>
    public static unsafe ClassRegions Build(IUnitRows rows, double scale, ulong seed, WorkerTeam team)
    {
        seed = Seeds.Mix(seed, Purpose);
        using var tree = PartTree.Train(rows, (int)Math.Clamp(rows.Count / LeastClasses, 1, Most), seed, team);
        var of = ForeignMemory.Zeros(ElementType.UInt8, rows.Count);
        var region = (byte*)TensorMemory.AddressOf(of);
        using var queries = new Scratch<float>(team.Threads, (long)(Block + ScoreTile.Queries) * rows.Width);
        using var nearest = new Scratch<int>(team.Threads, Block);
        team.RunBlocks(rows.Count, Block, (start, count, worker) =>
        {
            rows.Gather(Numbers.Range(start, count), queries.Of(worker));
            tree.Assign(queries.Of(worker), count, rows.Width, nearest.Of(worker), 1);
            for (var i = 0; i < count; i++)
            {
                region[start + i] = (byte)nearest.Of(worker)[i];
            }
        });
        return new ClassRegions(of, MeasureAffinities(rows, region, tree.Count, scale, seed, team));
    }

    /// <summary>What they take: bytes for all classes of every shard of a process, and for the order of its own classes.</summary>
    /// <param name="classes">N.</param>
    /// <param name="local">Classes of the process.</param>
    public static long BytesFor(long classes, long local) => classes + (local * sizeof(int)) + (Most * Most * sizeof(float));

    public void Dispose()
    {
        Of.Dispose();
        Affinities.Dispose();
    }

    // The mean over the pairs of two regions alone is noise where exp has a heavy tail. So pairs are pooled: all regions whose centres are equally near to each other have the same affinity.
    private static unsafe Tensor MeasureAffinities(IUnitRows rows, byte* region, int count, double scale, ulong seed, WorkerTeam team)
    {
        using var sample = RegionSample.Draw(rows, region, count, seed);
        var bins = new int[count * count];
        var (sums, pairs) = (new double[count, Bins], new long[count, Bins]);
        team.Run(count, (a, _) =>
        {
            for (var b = 0; b < count; b++)
            {
                var bin = bins[(a * count) + b] = a == b ? Bins - 1 : (int)((sample.CosineOfCentres((int)a, b) + 1) / 2 * (Bins - 2));
                pairs[a, bin] += sample.AddExponentials((int)a, b, scale, ref sums[a, bin]);
            }
        });
        var result = ForeignMemory.Zeros(ElementType.Float32, count, count);
        var affinities = TensorMemory.FloatsOf(result);
        var means = new float[Bins];
        for (var bin = 0; bin < Bins; bin++)
        {
            var (sum, n) = (0.0, 0L);
            for (var a = 0; a < count; a++)
            {
                (sum, n) = (sum + sums[a, bin], n + pairs[a, bin]);
            }

            means[bin] = n > 0 ? (float)(sum / n) : 1;
        }

        for (var i = 0; i < bins.Length; i++)
        {
            affinities[i] = means[bins[i]];
        }

        return result;
    }
}

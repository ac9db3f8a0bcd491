// Bytes of sparse gradients on the wire, by ratio and number of ranks, beside other ways to write the indices: bench -- sparse-bytes.
using XClassFlow.Stages.Sparsification;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Bench.Sparsify;

/// <summary>
/// One segment of 25 M normal gradients, the fifth step of error feedback. Dense: what a rank sends in an all-reduce, 2 (R - 1) / R of 4 bytes a value; sparse: its code to R - 1 others.
/// </summary>
internal static class SparseBytes
{
    private const int Values = 25_000_000;

    public static int Run()
    {
        LibTorch.EnsureLoaded();
        Console.Out.WriteLine("| ratio | values sent | bytes a value: all, float16 | all, float32 | index, Rice | index, varint | index, bitmap | index, int32 | dense / sparse, R = 2 | R = 4 | R = 8 |");
        Console.Out.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var ratio in new[] { 0.001, 0.004, 0.015625, 0.0625, 0.25 })
        {
            using var scope = NewDisposeScope();
            using var sparsifier = new GradientSparsifier(new SparsifierSettings(), 0.9, false, 1, Environment.ProcessorCount);
            using var generator = new Generator(1);
            var code = zeros(0);
            for (var step = 0; step < 5; step++)
            {
                code = sparsifier.Compress(0, empty(Values).normal_(0, 1e-4, generator), ratio);
            }

            var merged = SparseGradients.Merge([code], Values);
            using var positions = merged.nonzero().reshape(-1);
            int[] indices = [.. positions.data<long>().ToArray().Select(i => (int)i)];
            var rice = RiceCode.Measure(indices).Bytes;
            var (bytes, k) = ((double)code.numel(), sparsifier.CountOf(Values, ratio));
            double Factor(int ranks) => 2.0 * (ranks - 1) / ranks * 4 * Values / ((ranks - 1) * bytes);
            Console.Out.WriteLine(FormattableString.Invariant(
                $"| {ratio} | {k} | {bytes / k:F2} | {SparseCode.LengthOf(k, ValuePrecision.Float32, rice) / (double)k:F2} | {rice / (double)k:F2} | {Varint(indices) / (double)k:F2} | {Values / 8.0 / k:F2} | 4.00 | {Factor(2):F1} | {Factor(4):F1} | {Factor(8):F1} |"));
        }

        return 0;
    }

    // Seven bits of a gap in every byte.
    private static long Varint(int[] indices)
    {
        var (bytes, next) = (0L, 0);
        foreach (var index in indices)
        {
            for (var gap = index - next; gap >= 128; gap >>= 7)
            {
                bytes++;
            }

            bytes++;
            next = index + 1;
        }

        return bytes;
    }
}

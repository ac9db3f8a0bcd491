// What a trial of micro-batches found.
using System.Globalization;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Pipelining;

/// <summary>The outcome of a trial.</summary>
/// <param name="Path">The way of the backbone's gradients that it holds for.</param>
/// <param name="Count">Micro-batches from now on.</param>
/// <param name="Tried">Those that were tried, ascending.</param>
/// <param name="Seconds">Median time of a step of the configured batch with each of them; NaN where none could be measured.</param>
public sealed record MicroBatchChoice(GradientPath Path, int Count, IReadOnlyList<int> Tried, IReadOnlyList<double> Seconds)
{
    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        var times = Tried.Zip(Seconds, (count, seconds) => double.IsNaN(seconds)
            ? $"{count}: not measured"
            : string.Create(CultureInfo.InvariantCulture, $"{count}: {seconds * 1e3:0.0} ms"));
        return $"micro-batches of a step with {(Path == GradientPath.Sparse ? "sparse" : "whole")} gradients: {Count} (a step with {string.Join(", ", times)})";
    }
}

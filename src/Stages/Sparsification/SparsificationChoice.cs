// What a trial of sparse gradients found.
using System.Globalization;

namespace XClassFlow.Stages.Sparsification;

/// <summary>The outcome of a trial of <c>auto</c>.</summary>
/// <param name="Ratio">The ratio that was tried.</param>
/// <param name="Sparse">Whether gradients are sparse from now on.</param>
/// <param name="WholeSeconds">Median time of a step with whole gradients; NaN where none could be measured.</param>
/// <param name="SparseSeconds">The same with sparse ones.</param>
public sealed record SparsificationChoice(double Ratio, bool Sparse, double WholeSeconds, double SparseSeconds)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"gradients are {(Sparse ? $"sparse, ratio {Ratio}" : "whole")} (a step with whole ones: {WholeSeconds * 1e3:0.0} ms, with sparse ones of ratio {Ratio}: {SparseSeconds * 1e3:0.0} ms)");
}

// The trust ratio of one row: how far a step may move it, in proportion to its length.
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Head.Rows;

/// <summary>
/// r = trust |w| / (|g| + floor |w|), by which the row's gradient is multiplied before momentum and decay. It is LARS (arXiv 1708.03888) with the row as the layer; the floor stands where
/// LARS has the decay, and keeps rows whose gradient is nearly nothing from being moved as far as all others. A row that was not active has g = 0, so r g = 0: what it missed is what it
/// misses under SGD, in the same closed form.
/// </summary>
/// <param name="Trust">With rate 1 and a large gradient, a step moves a row by this share of its length, before momentum.</param>
/// <param name="Floor">Length of a gradient, as a share of the row's, at which that share is half of it.</param>
internal readonly record struct RowTrust(double Trust, double Floor)
{
    /// <summary>The ratio.</summary>
    /// <param name="squaredRow">|w|^2 before the step.</param>
    /// <param name="squaredGradient">|g|^2.</param>
    /// <returns>1 for a row that is all zero.</returns>
    public double Of(double squaredRow, double squaredGradient)
        => squaredRow == 0 ? 1 : Trust * Math.Sqrt(squaredRow) / (Math.Sqrt(squaredGradient) + (Floor * Math.Sqrt(squaredRow)));

    /// <summary>Multiplies a gradient by the row's ratio, in place.</summary>
    /// <param name="row">Stored elements.</param>
    /// <param name="momentum">float32 [D]; null where there is none.</param>
    /// <param name="factors">The row's motion since it was stored.</param>
    /// <param name="gradient">float32 [D].</param>
    /// <param name="scratch">float32 [D], for the row as it stands now.</param>
    /// <param name="width">D.</param>
    public unsafe void Scale<T>(byte* row, float* momentum, RowFactors factors, float* gradient, float* scratch, int width)
        where T : struct, IRowElement
    {
        UpdateKernels.Read<T>(row, momentum, factors, scratch, width);
        var ratio = Of(RowKernels.SquareLength(scratch, width), RowKernels.SquareLength(gradient, width));
        RowKernels.Scale(gradient, (float)ratio, gradient, width);
    }
}

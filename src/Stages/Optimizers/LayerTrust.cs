// Remembers the trust ratios of the last update, for the report.
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Optimizers;

/// <summary>One factor for every parameter that has one.</summary>
internal sealed class LayerTrust
{
    private readonly Dictionary<(Segment Segment, int Parameter), double> _ratios = [];

    /// <summary>All factors; null before the first update.</summary>
    public double[]? Ratios => _ratios.Count == 0 ? null : [.. _ratios.Values];

    /// <summary>Notes a factor.</summary>
    public double Note(Segment segment, int parameter, double ratio) => _ratios[(segment, parameter)] = ratio;

    /// <summary>Euclidean norm, summed in float64.</summary>
    public static double Norm(Tensor values) => Math.Sqrt(values.SquaredNorm());
}

// Settings of the sparsification of backbone gradients.
using XClassFlow.Data;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Sparsification; the defaults are those of the paper (Lin et al., ICLR 2018).</summary>
/// <param name="Type">The kind.</param>
/// <param name="Ratio">Share of a segment's values that is sent in a step; 1: whole gradients.</param>
/// <param name="WarmUp">Ratios of the first epochs, one each.</param>
/// <param name="Auto">Whether the supervisor measures steps of both kinds and goes on with the faster one.</param>
/// <param name="MomentumMasking">Whether sent values lose their momentum.</param>
/// <param name="ClipNorm">Bound on the norm of a segment's gradient, as the sum over ranks; a rank's bound is this over the root of R. 0: none.</param>
/// <param name="Values">Type in which values travel.</param>
/// <param name="DenseBelow">Segments of up to so many values are sent whole.</param>
public sealed record SparsifierSettings(
    SparsifierKind Type = SparsifierKind.None,
    double Ratio = 0.001,
    IReadOnlyList<double>? WarmUp = null,
    bool Auto = false,
    bool MomentumMasking = true,
    double ClipNorm = 0,
    ValuePrecision Values = ValuePrecision.Float16,
    int DenseBelow = 1024)
{
    public IReadOnlyList<double> WarmUp { get; init; } = WarmUp ?? [0.25, 0.0625, 0.015625, 0.004];

    /// <summary>Whether gradients can be sparse at all.</summary>
    public bool IsOn => Type != SparsifierKind.None;

    /// <summary>Checks every value.</summary>
    /// <param name="path">Configuration path of the settings, for messages.</param>
    /// <exception cref="UserErrorException">A value is out of its range.</exception>
    public void Validate(string path)
    {
        SettingsCheck.Require(Ratio > 0 && Ratio <= 1, path, "ratio", Ratio, "write a share above 0 and at most 1; 0.001 is a good value");
        foreach (var ratio in WarmUp)
        {
            SettingsCheck.Require(ratio > 0 && ratio <= 1, path, "warm-up", ratio, "write shares above 0 and at most 1, one for each of the first epochs");
        }

        SettingsCheck.Require(ClipNorm >= 0 && double.IsFinite(ClipNorm), path, "clip-norm", ClipNorm, "write a norm, or 0 for none");
        SettingsCheck.Require(DenseBelow >= 0, path, "dense-below", DenseBelow, "write a number of values; 1024 is a good value");
    }
}

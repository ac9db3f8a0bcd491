// A summary of the factors that a layer-wise optimizer gave to the learning rate in one step.
namespace XClassFlow.Stages.Convergence;

/// <summary>Over the parameters that have one; biases and norms have none.</summary>
/// <param name="Least">Smallest.</param>
/// <param name="Median">Lower median.</param>
/// <param name="Greatest">Largest.</param>
public readonly record struct TrustRatios(double Least, double Median, double Greatest)
{
    /// <summary>The summary of some factors; null of none.</summary>
    public static TrustRatios? Of(IEnumerable<double> ratios)
    {
        var sorted = ratios.Order().ToArray();
        return sorted.Length == 0 ? null : new(sorted[0], sorted[(sorted.Length - 1) / 2], sorted[^1]);
    }
}

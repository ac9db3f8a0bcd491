// Unbiased estimates of the size of the true gradient and of its variance between samples, from the norms of one step.
namespace XClassFlow.Stages.Convergence;

/// <summary>
/// Either estimate may be negative in a single step; average many of each, then divide: tr Sigma / |G|^2 is the gradient noise scale, in samples
/// (McCandlish et al., An Empirical Model of Large-Batch Training, arXiv 1812.06162, appendix A).
/// </summary>
/// <param name="SquaredGradient">Estimate of |G|^2, G the gradient of the mean loss over all samples.</param>
/// <param name="Variance">Estimate of tr Sigma, Sigma the covariance of one sample's gradient.</param>
public readonly record struct GradientNoise(double SquaredGradient, double Variance)
{
    /// <summary>
    /// From the parts of a batch. E|g_part|^2 = |G|^2 + tr Sigma / n_part, so with J parts the mean of |g_part|^2, weighted by n_part, is |G|^2 + J tr Sigma / B on
    /// average, and the batch's own |g|^2 is |G|^2 + tr Sigma / B.
    /// </summary>
    /// <param name="squaredNorm">|g|^2 of the batch's mean gradient.</param>
    /// <param name="partSquares">Sum over the parts of |p|^2 / n_part, p the part's contribution to g (its sum over the part's samples, divided by B).</param>
    /// <param name="parts">J, at least 2.</param>
    /// <param name="samples">B.</param>
    public static GradientNoise OfParts(double squaredNorm, double partSquares, int parts, long samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 2);
        var ofParts = samples * partSquares;
        var variance = (ofParts - squaredNorm) * samples / (parts - 1);
        return new(squaredNorm - (variance / samples), variance);
    }

    /// <summary>
    /// From two consecutive batches, where a batch has one part only: the gradients of independent batches at nearly the same weights have the inner product |G|^2 on average.
    /// The weights' way between the two makes it a little smaller, and the noise a little larger, than they are.
    /// </summary>
    /// <param name="squaredNorm">|g|^2 of the later batch.</param>
    /// <param name="product">Inner product with the gradient of the step before.</param>
    /// <param name="samples">B of the later batch.</param>
    public static GradientNoise OfConsecutive(double squaredNorm, double product, long samples) => new(product, (squaredNorm - product) * samples);
}

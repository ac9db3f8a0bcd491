// Arithmetic of tensors with numbers, and plain sums, without temporary Scalars.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Torch;

/// <summary>What the operators do, bit for bit, with Scalars that outlive the call (see <see cref="Scalars"/>). Results are in the caller's dispose scope.</summary>
public static class RootedArithmetic
{
    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, Scalars.One);

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, double b) => a.add(Scalars.Of(b), Scalars.One);

    /// <summary>a + b; integer tensors stay integer.</summary>
    public static Tensor Plus(this Tensor a, long b) => a.add(Scalars.Of(b), Scalars.One);

    /// <summary>a += b.</summary>
    /// <returns>a.</returns>
    public static Tensor PlusInPlace(this Tensor a, Tensor b) => a.add_(b, Scalars.One);

    /// <summary>a += b.</summary>
    /// <returns>a.</returns>
    public static Tensor PlusInPlace(this Tensor a, double b) => a.add_(Scalars.Of(b), Scalars.One);

    /// <summary>a += factor b.</summary>
    /// <returns>a.</returns>
    public static Tensor PlusInPlace(this Tensor a, Tensor b, double factor) => a.add_(b, Scalars.Of(factor));

    /// <summary>a - b.</summary>
    public static Tensor Minus(this Tensor a, double b) => a.sub(Scalars.Of(b));

    /// <summary>a -= b.</summary>
    /// <returns>a.</returns>
    public static Tensor MinusInPlace(this Tensor a, double b) => a.sub_(Scalars.Of(b));

    /// <summary>a b.</summary>
    public static Tensor Times(this Tensor a, double b) => a.mul(Scalars.Of(b));

    /// <summary>a *= b.</summary>
    /// <returns>a.</returns>
    public static Tensor TimesInPlace(this Tensor a, double b) => a.mul_(Scalars.Of(b));

    /// <summary>The square of every element.</summary>
    public static Tensor Squared(this Tensor a) => a.pow(Scalars.Of(2));

    /// <summary>Sum of the squares of all elements, which are float32 and summed in float64: infinite where one is beyond 1.8e19.</summary>
    public static double SquaredNorm(this Tensor a) => a.Squared().sum(ScalarType.Float64).item<double>();

    /// <summary>As <see cref="SquaredNorm"/>, of elements of any size: squared in float64, where float32 does not do. Then a copy in float64 is made.</summary>
    public static double SquaredNormOfAny(this Tensor a)
    {
        var norm = a.SquaredNorm();
        return double.IsFinite(norm) ? norm : a.to(ScalarType.Float64).SquaredNorm();
    }

    /// <summary>Every element, or the bound where it is smaller.</summary>
    public static Tensor AtLeast(this Tensor a, double bound) => a.clamp_min(Scalars.Of(bound));
}

// Converts tensors to what crosses the lane and back.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Lane;

/// <summary>Conversions between float32 and a type on the wire; they run on the caller's thread.</summary>
public static class WirePrecisionConversion
{
    /// <summary>What to put in a parcel in place of a tensor: rounded to nearest when it is float32 and the wire's type is another, else with the same values; always contiguous.</summary>
    /// <param name="precision">Type on the wire.</param>
    /// <param name="tensor">Any CPU tensor; stays the caller's.</param>
    /// <returns>A tensor of its own, outside every dispose scope; it may share the memory of <paramref name="tensor"/>.</returns>
    public static Tensor ToWire(this WirePrecision precision, Tensor tensor)
    {
        using var detached = tensor.detach();
        using var converted = tensor.dtype == ScalarType.Float32 ? detached.to(precision.ElementType()) : detached.alias();
        return converted.contiguous().DetachFromDisposeScope();
    }

    /// <summary>A shortened tensor as the receiver's graph expects it.</summary>
    /// <param name="tensor">What came; taken over.</param>
    /// <returns>float32, outside every dispose scope; the caller owns it.</returns>
    public static Tensor FromWire(Tensor tensor)
    {
        using (tensor)
        {
            return tensor.to(ScalarType.Float32).DetachFromDisposeScope();
        }
    }
}

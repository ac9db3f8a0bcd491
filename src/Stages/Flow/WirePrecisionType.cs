// The type of a tensor on the wire.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>What a <see cref="WirePrecision"/> means for tensors.</summary>
public static class WirePrecisionType
{
    /// <summary>The type on the wire.</summary>
    public static ScalarType ElementType(this WirePrecision precision) => precision switch
    {
        WirePrecision.Float32 => ScalarType.Float32,
        WirePrecision.Float16 => ScalarType.Float16,
        WirePrecision.Bfloat16 => ScalarType.BFloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };
}

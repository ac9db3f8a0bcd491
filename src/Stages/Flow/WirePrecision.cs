// In what type tensors marked as compressible travel between nodes.
namespace XClassFlow.Stages.Flow;

/// <summary>A type between nodes; see <see cref="CompressibleAttribute"/>.</summary>
public enum WirePrecision
{
    /// <summary>As they are.</summary>
    Float32,

    /// <summary>Half the bytes: 11 bits of mantissa, up to 65,504; larger values become infinite.</summary>
    Float16,

    /// <summary>Half the bytes: 8 bits of mantissa, the range of float32.</summary>
    Bfloat16,
}

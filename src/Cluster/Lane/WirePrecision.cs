// In what type float32 tensors cross the lane.
namespace XClassFlow.Cluster.Lane;

/// <summary>A type on the wire.</summary>
public enum WirePrecision
{
    /// <summary>As they are.</summary>
    Float32,

    /// <summary>Half the bytes: 11 bits of mantissa, up to 65,504; larger values become infinite.</summary>
    Float16,

    /// <summary>Half the bytes: 8 bits of mantissa, the range of float32.</summary>
    BFloat16,
}

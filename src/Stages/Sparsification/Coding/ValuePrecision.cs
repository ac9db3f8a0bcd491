// The type in which the values of sparse gradients travel.
namespace XClassFlow.Stages.Sparsification;

/// <summary>Precision of sent values. What rounding takes away stays in the residual.</summary>
public enum ValuePrecision
{
    /// <summary>4 bytes, as computed.</summary>
    Float32,

    /// <summary>2 bytes, with one power of two for all values of a message, so that small gradients do not vanish.</summary>
    Float16,
}

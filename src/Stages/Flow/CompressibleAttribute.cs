// Marks a message's tensor that may travel between nodes in a shorter floating-point type.
namespace XClassFlow.Stages.Flow;

/// <summary>
/// On a tensor parameter of a message: where the configuration asks for it, its float32 values are rounded to 16 bits on the way to another node. For
/// activations and gradients; statistics, labels and state travel as they are.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class CompressibleAttribute : Attribute;

// Makes stored rows of a type.
using XClassFlow.Data.Tensors;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head.Rows;

internal static class WeightMemory
{
    /// <summary>Rows over a tensor float32 or bfloat16 [n, D], which is taken over.</summary>
    public static IClassRows Of(Tensor stored, long classStart, RowUpdate update) => stored.dtype == ScalarType.BFloat16
        ? new ClassRows<BFloat16Element>(stored, classStart, update)
        : new ClassRows<Float32Element>(stored, classStart, update);

    /// <summary>Type of the elements of a setting.</summary>
    public static ElementType TypeOf(WeightType type) => type == WeightType.Bf16 ? ElementType.BFloat16 : ElementType.Float32;
}

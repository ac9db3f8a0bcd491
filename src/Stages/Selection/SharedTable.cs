// A class graph that its builder, messages, the selection and checkpoints read in the same memory.
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Selection;

/// <summary>
/// A table as a tensor. The memory goes with the last tensor that shares it, so whoever disposes first takes nothing from the others; nobody writes into it once it is shared.
/// </summary>
internal sealed unsafe class SharedTable : IDisposable
{
    private readonly Tensor _tensor;

    /// <param name="table">Taken over.</param>
    public SharedTable(NeighbourTable table)
        : this(ForeignMemory.Over(table, (nint)table.Ids, ElementType.Int32, table.Classes, table.K), table.ClassStart)
    {
    }

    /// <param name="tensor">int32 [classes, K]; taken over.</param>
    /// <param name="classStart">First class.</param>
    public SharedTable(Tensor tensor, long classStart)
    {
        _tensor = tensor;
        Table = new NeighbourTable(classStart, tensor.shape[0], (int)tensor.shape[1], TensorMemory.AddressOf(tensor));
    }

    /// <summary>The table; valid until <see cref="Dispose"/>.</summary>
    public NeighbourTable Table { get; }

    /// <summary>int32 [classes, K], the same memory; the caller owns the tensor.</summary>
    public Tensor Share() => _tensor.alias().DetachFromDisposeScope();

    public void Dispose() => _tensor.Dispose();
}

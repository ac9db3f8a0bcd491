// The rows of one chunk as the head multiplies them.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>A chunk's rows: unit rows with normalize on, the rows themselves otherwise; possibly the stored rows, so they are only read.</summary>
/// <param name="Rows">Which.</param>
/// <param name="Unit">float32 [C, D].</param>
/// <param name="Inverses">float32 [C], 1/|w|; null without normalize.</param>
internal sealed record SoftmaxTile(RowSet Rows, Tensor Unit, Tensor? Inverses) : IDisposable
{
    public SoftmaxTile Keep()
    {
        Unit.DetachFromDisposeScope();
        Inverses?.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Unit.Dispose();
        Inverses?.Dispose();
    }
}

// The rows of one chunk as the head multiplies them.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>A chunk's rows: unit rows with normalize on, the rows themselves otherwise; possibly the stored rows, so they are only read.</summary>
/// <param name="Rows">Which.</param>
/// <param name="Unit">float32 [C, D].</param>
/// <param name="Inverses">float32 [C], 1/|w|; null without normalize.</param>
internal sealed unsafe record SoftmaxTile(RowSet Rows, Tensor Unit, Tensor? Inverses) : IDisposable
{
    /// <summary>Reads rows as they stand before the step that the weights are prepared for; the stored rows themselves where that is possible. In the caller's scope.</summary>
    /// <param name="weights">The shard's rows.</param>
    /// <param name="rows">Which.</param>
    /// <param name="normalize">Whether unit rows are wanted.</param>
    /// <param name="memory">Gives float32 [C, columns] for a name: what is read lies there.</param>
    public static SoftmaxTile Read(ClassWeights weights, RowSet rows, bool normalize, Func<string, int, int, Tensor> memory)
    {
        if (!normalize && weights.InPlace(rows) is { } stored)
        {
            return new SoftmaxTile(rows, stored, null);
        }

        var tile = new SoftmaxTile(rows, memory("rows", rows.Count, weights.Width), normalize ? memory("inverses", rows.Count, 1) : null);
        weights.Gather(rows, TensorMemory.FloatsOf(tile.Unit), tile.Inverses is null ? null : TensorMemory.FloatsOf(tile.Inverses));
        return tile;
    }

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

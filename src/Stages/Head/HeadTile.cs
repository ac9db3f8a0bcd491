// A tile of class weights as the head multiplies it: unit rows with normalize on, the rows themselves otherwise.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>A tile of C rows, in the caller's dispose scope until <see cref="Keep"/>.</summary>
internal sealed class HeadTile : IDisposable
{
    private readonly Tensor? _inverseNorm;

    public HeadTile(RowTile rows, bool normalize)
    {
        Rows = rows;
        if (normalize)
        {
            _inverseNorm = rows.Weight.norm(1, keepdim: true, p: 2f).AtLeast(1e-12).reciprocal();
            Unit = rows.Weight * _inverseNorm;
        }
        else
        {
            Unit = rows.Weight;
        }
    }

    public RowTile Rows { get; }

    /// <summary>float32 [C, D].</summary>
    public Tensor Unit { get; }

    /// <summary>Back through w/|w|: (g - w (g.w)) / |w|; the identity without normalize.</summary>
    public Tensor ThroughNormalisation(Tensor gradient)
        => _inverseNorm is null ? gradient : (gradient - (Unit * (gradient * Unit).sum(1, keepdim: true))).mul_(_inverseNorm);

    /// <summary>Takes the tile out of the dispose scope; whoever keeps it disposes it.</summary>
    public HeadTile Keep()
    {
        Rows.Weight.DetachFromDisposeScope();
        Rows.Momentum?.DetachFromDisposeScope();
        Unit.DetachFromDisposeScope();
        _inverseNorm?.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Rows.Weight.Dispose();
        Rows.Momentum?.Dispose();
        Unit.Dispose();
        _inverseNorm?.Dispose();
    }
}

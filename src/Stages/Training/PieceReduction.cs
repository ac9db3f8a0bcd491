// One piece of a segment's gradient on its way through the all-reduce, as one rank sees it.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>Gathers the other ranks' parts of what this rank sums, in whatever order they come. Owns them until they are summed.</summary>
/// <param name="ranks">R.</param>
internal sealed class PieceReduction(int ranks) : IDisposable
{
    private readonly Tensor?[] _parts = new Tensor?[ranks];
    private int _partsMissing = ranks - 1;
    private int _sumsMissing = ranks - 1;
    private bool _summed;

    /// <summary>Whether this rank's parts have left for the others.</summary>
    public bool IsSent { get; set; }

    /// <summary>Whether parts of all other ranks are there, and not summed yet.</summary>
    public bool CanSum => _partsMissing == 0 && !_summed;

    /// <summary>Whether it is reduced on this rank.</summary>
    public bool IsComplete => _sumsMissing == 0 && _summed;

    /// <summary>Takes another rank's part over.</summary>
    /// <exception cref="InvalidOperationException">It came before.</exception>
    public void Add(int rank, Tensor part)
    {
        if (_parts[rank] is not null || _summed)
        {
            throw new InvalidOperationException($"a part of rank {rank} came twice");
        }

        _parts[rank] = part;
        _partsMissing--;
    }

    /// <summary>Sums the parts in the order of the ranks.</summary>
    /// <param name="own">This rank.</param>
    /// <param name="part">Its part; stays the caller's.</param>
    /// <param name="sum">Receives the sum.</param>
    /// <param name="othersToo">Whether all others do the same, so that none of their sums is to come.</param>
    /// <exception cref="ArgumentException">A part has another length.</exception>
    public void SumInto(int own, Tensor part, Tensor sum, bool othersToo)
    {
        Tensor[] parts = [.. _parts.Select((p, rank) => rank == own ? part : p!)];
        foreach (var other in parts)
        {
            Flow.Shapes.Require(other, "part of a segment gradient", ScalarType.Float32, sum.shape[0]);
        }

        OrderedSum.Into(sum, parts);
        _summed = true;
        _sumsMissing = othersToo ? 0 : _sumsMissing;
        Dispose();
    }

    /// <summary>Another rank's sum is in its place.</summary>
    public void HasSum() => _sumsMissing--;

    public void Dispose()
    {
        for (var rank = 0; rank < ranks; rank++)
        {
            _parts[rank]?.Dispose();
            _parts[rank] = null;
        }
    }
}

// One segment's gradient on its way through the all-reduce, as one rank sees it.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// Knows what of the segment has been sent, summed and put in its place. Parts of other ranks may come before this rank has its own gradient. Owns its tensors until the result is taken.
/// </summary>
/// <param name="own">This rank.</param>
/// <param name="ranks">R.</param>
/// <param name="pieceValues">Longest piece.</param>
internal sealed class SegmentReduction(int own, int ranks, long pieceValues) : IDisposable
{
    private readonly Dictionary<int, PieceReduction> _pieces = [];
    private Tensor? _gradient;
    private Tensor? _reduced;
    private int _count;
    private int _complete;
    private int _next;

    /// <summary>Whether this rank's gradient is there.</summary>
    public bool HasGradient => _gradient is not null;

    /// <summary>Whether all of the result is there.</summary>
    public bool IsComplete => HasGradient && _complete == _count;

    /// <summary>The first piece that has not left; null where all have, or none can.</summary>
    public int? Unsent
    {
        get
        {
            while (_next < _count && _pieces.TryGetValue(_next, out var piece) && piece.IsSent)
            {
                _next++;
            }

            return _next < _count ? _next : null;
        }
    }

    /// <summary>Pieces of which another rank has sent its parts and this one has not.</summary>
    public IEnumerable<int> Awaited => _pieces.Where(p => !p.Value.IsSent).Select(p => p.Key).Order();

    /// <summary>A piece.</summary>
    public PieceReduction this[int piece] => _pieces.TryGetValue(piece, out var known) ? known : _pieces[piece] = new PieceReduction(ranks);

    /// <summary>This rank's gradient has come.</summary>
    /// <param name="gradient">float32 [n], n above 0; taken over.</param>
    /// <param name="reduced">float32 [n], where the result goes; taken over.</param>
    /// <exception cref="InvalidOperationException">It came before, or other ranks have longer ones.</exception>
    public void Begin(Tensor gradient, Tensor reduced)
    {
        _count = (int)((gradient.shape[0] + pieceValues - 1) / pieceValues);
        if (HasGradient || _pieces.Keys.Any(p => p >= _count))
        {
            throw new InvalidOperationException(HasGradient ? "a segment's gradient came twice" : "another rank's gradient of the segment is longer");
        }

        (_gradient, _reduced) = (gradient, reduced);
    }

    /// <summary>This rank's part of a piece for another; a view, in the caller's scope.</summary>
    public Tensor PartFor(int rank, int piece) => Place(_gradient!, rank, piece);

    /// <summary>Sums what has come for this rank to sum.</summary>
    /// <returns>The sum, a view of the result; in the caller's scope.</returns>
    public Tensor Sum(int piece)
    {
        var sum = Place(_reduced!, own, piece);
        using (var part = PartFor(own, piece))
        {
            this[piece].SumInto(own, part, sum);
        }

        CountIfComplete(piece);
        return sum;
    }

    /// <summary>Puts another rank's sum in its place.</summary>
    /// <param name="rank">Whose.</param>
    /// <param name="piece">Of which piece.</param>
    /// <param name="sum">Stays the caller's.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public void Put(int rank, int piece, Tensor sum)
    {
        using var place = Place(_reduced!, rank, piece);
        Flow.Shapes.Require(sum, "sum of a part", ScalarType.Float32, place.shape[0]);
        place.copy_(sum);
        this[piece].HasSum();
        CountIfComplete(piece);
    }

    /// <summary>The result; the caller's from now on.</summary>
    public Tensor Take()
    {
        var reduced = _reduced!;
        _reduced = null;
        return reduced;
    }

    public void Dispose()
    {
        foreach (var piece in _pieces.Values)
        {
            piece.Dispose();
        }

        _gradient?.Dispose();
        _reduced?.Dispose();
    }

    private void CountIfComplete(int piece) => _complete += this[piece].IsComplete ? 1 : 0;

    private Tensor Place(Tensor of, int rank, int piece)
    {
        var length = of.shape[0];
        var (begin, end) = (length * piece / _count, length * (piece + 1) / _count);
        var (start, stop) = ((end - begin) * rank / ranks, (end - begin) * (rank + 1) / ranks);
        return of.narrow(0, begin + start, stop - start);
    }
}

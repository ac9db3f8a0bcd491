// One segment's gradient on its way through the all-reduce, as one rank sees it.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// Knows what of the segment has been sent, summed and put in its place. Parts of other ranks may come before this rank has its own gradient. Owns its tensors until the result is taken.
/// </summary>
/// <param name="own">This rank.</param>
/// <param name="ranks">R.</param>
/// <param name="way">How it is reduced.</param>
/// <param name="pieceValues">Longest piece; null: so long that what one rank sends another of it has <see cref="GradientExchange.DefaultPartValues"/>.</param>
internal sealed class SegmentReduction(int own, int ranks, AllReduceWay way, long? pieceValues) : IDisposable
{
    private readonly Dictionary<int, PieceReduction> _pieces = [];
    private Tensor? _gradient;
    private Tensor? _reduced;
    private bool _oneHop;
    private int _count;
    private int _complete;
    private int _next;

    /// <summary>Whether this rank's gradient is there.</summary>
    public bool HasGradient => _gradient is not null;

    /// <summary>Whether all of the result is there.</summary>
    public bool IsComplete => HasGradient && _complete == _count;

    /// <summary>Whether every rank sums everything, and nobody sends sums; known when this rank's gradient is there.</summary>
    public bool IsOneHop => _oneHop;

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
        var values = gradient.shape[0];
        _oneHop = AllReduceRule.TakesOneHop(way, ranks, values);
        var longest = pieceValues ?? (GradientExchange.DefaultPartValues * (_oneHop ? 1 : ranks));
        _count = (int)((values + longest - 1) / longest);
        if (HasGradient || _pieces.Keys.Any(p => p >= _count))
        {
            throw new InvalidOperationException(HasGradient ? "a segment's gradient came twice" : "another rank's gradient of the segment is longer");
        }

        (_gradient, _reduced) = (gradient, reduced);
    }

    /// <summary>What another rank needs of this rank's piece: its part, or all; a view, in the caller's scope.</summary>
    public Tensor PartFor(int rank, int piece) => Place(_gradient!, rank, piece);

    /// <summary>Sums what has come for this rank to sum: its part, or all.</summary>
    /// <returns>The sum, a view of the result; in the caller's scope.</returns>
    public Tensor Sum(int piece)
    {
        var sum = Place(_reduced!, own, piece);
        using (var part = PartFor(own, piece))
        {
            this[piece].SumInto(own, part, sum, othersToo: _oneHop);
        }

        CountIfComplete(piece);
        return sum;
    }

    /// <summary>Puts another rank's sum in its place.</summary>
    /// <param name="rank">Whose.</param>
    /// <param name="piece">Of which piece.</param>
    /// <param name="sum">Stays the caller's.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    /// <exception cref="InvalidOperationException">Every rank sums everything, so the other one has another rule.</exception>
    public void Put(int rank, int piece, Tensor sum)
    {
        if (_oneHop)
        {
            throw new InvalidOperationException($"rank {rank} sent a sum of a segment that every rank sums for itself: layout.all-reduce must be the same on all nodes");
        }

        using var place = Place(_reduced!, rank, piece);
        Flow.Shapes.Require(sum, "sum of a part", ScalarType.Float32, place.shape[0]);
        OrderedSum.Copy(place, sum);
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
        if (_oneHop)
        {
            return of.narrow(0, begin, end - begin);
        }

        var (start, stop) = ((end - begin) * rank / ranks, (end - begin) * (rank + 1) / ranks);
        return of.narrow(0, begin + start, stop - start);
    }
}

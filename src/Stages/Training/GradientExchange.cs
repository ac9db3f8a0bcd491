// The all-reduce of backbone gradients between ranks, piece by piece: in one hop, or reduce-scatter and then all-gather.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// One rank's end of the all-reduce. It cuts its rank's gradients into pieces. In two hops it cuts each piece into R contiguous parts and sends part c to exchange c; it sums the parts that come to it in
/// the order of the ranks, in place in the result, and sends the sum to all others; theirs are copied beside it. In one hop it sends every piece whole to all others and sums all of it, in the same order.
/// Either way every value is summed in the order of the ranks: the result is the same on all ranks, bit by bit, whatever arrives first. <see cref="AllReduceRule"/> says which way a segment goes.
/// <para>A rank begins with a new piece when fewer than <c>underWay</c> of its own are, and takes it from the lowest segment that waits, for the next forward pass begins there. Ranks
/// may choose differently, so parts find together by name; and a piece that another rank has begun leaves at once, beyond that number, so that none waits for another for ever.</para>
/// Every sample's loss is already divided by the global batch, so gradients are summed, not averaged. Of a guarded step a rank says before anything is summed whether its gradients are sound.
/// </summary>
public sealed class GradientExchange : Stage
{
    /// <summary>Values of what a rank sends another of a piece where no length is given: 1 MiB. Smaller ones cost more in messages than they gain in order.</summary>
    public const long DefaultPartValues = 1 << 18;

    /// <summary>Pieces that a rank begins before the first is reduced: enough to keep the line busy while another rank is some milliseconds behind.</summary>
    public const int DefaultUnderWay = 8;

    private readonly AllReduceWay _way;
    private readonly WirePrecision _wire;
    private readonly long? _pieceValues;
    private readonly int _mostUnderWay;
    private readonly SortedDictionary<(long Step, int Segment), SegmentReduction> _open = [];
    private readonly Outlet<GradientPart> _parts;
    private readonly Outlet<GradientPart> _sums;
    private readonly Outlet<SegmentGradient> _reduced;
    private readonly Outlet<GradientCheck> _checks;
    private int _underWay;
    private bool _sound = true;

    /// <param name="pieceValues">Longest piece; null: so long that what a rank sends another of it has <see cref="DefaultPartValues"/>.</param>
    /// <param name="underWay">Pieces that this rank begins before the first is reduced.</param>
    /// <param name="way">In how many hops; the same on all ranks.</param>
    /// <param name="wire">What gradients are rounded to between nodes. A rank rounds its own gradient and its own sums too, so that all ranks go on with the same values.</param>
    public GradientExchange(long? pieceValues = null, int underWay = DefaultUnderWay, AllReduceWay way = AllReduceWay.Auto, WirePrecision wire = WirePrecision.Float32)
    {
        _way = way;
        _wire = wire;
        _pieceValues = pieceValues;
        _mostUnderWay = underWay;
        In<SegmentGradient>("gradients", OnGradient);
        In<GradientPart>("parts", OnPart, feedback: true);
        In<GradientPart>("sums", OnSum, feedback: true);
        _parts = Out<GradientPart>("parts");
        _sums = Out<GradientPart>("sums");
        _reduced = Out<SegmentGradient>("reduced");
        _checks = Out<GradientCheck>("checks");
    }

    /// <summary>All ranks have the same segments, and a sum needs the parts of all: when the own ones are reduced, nothing is owed to the others either.</summary>
    public override bool IsFinished => _open.Count == 0;

    /// <summary>A call passes once over no more than one part of a piece of every rank. On four processes of two cores that is not brief enough at 16 MB (docs/benchmarks.md).</summary>
    public override bool IsBrief => true;

    private int Rank => Context.Address.Index;

    private int Ranks => Math.Max(1, Context.Receivers(_parts));

    private IEnumerable<int> Others => Enumerable.Range(0, Ranks).Where(r => r != Rank);

    protected override void Dispose(bool disposing)
    {
        foreach (var reduction in _open.Values)
        {
            reduction.Dispose();
        }

        base.Dispose(disposing);
    }

    private void OnGradient(SegmentGradient message)
    {
        Shapes.Require(message.Gradient, "segment gradient", ScalarType.Float32, -1);
        if (message.LeftOut)
        {
            return;
        }

        if (Ranks == 1)
        {
            _reduced.Send(message);
            return;
        }

        if (message.Gradient.shape[0] == 0)
        {
            Check(message);
            _reduced.Send(message);
            return;
        }

        if (_wire != WirePrecision.Float32)
        {
            message = message with { Gradient = Rounded(message.Gradient) };
        }

        // Where the others' pieces are there already it may be reduced, and gone, before it is looked at.
        var lookedAt = message.Guarded ? message with { Gradient = message.Gradient.alias() } : message;
        var (step, segment) = (message.Step, message.MicroBatch);
        var reduction = Open(step, segment);
        reduction.Begin(Keep(message.Gradient), Keep(empty_like(message.Gradient)));
        foreach (var piece in reduction.Awaited.ToArray())
        {
            SendPiece(step, segment, reduction, piece);
        }

        SendMore();
        Check(lookedAt);
    }

    // Segments come last first, so with the first one a step's gradient is known whole.
    private void Check(SegmentGradient message)
    {
        if (!message.Guarded)
        {
            return;
        }

        _sound = _sound && GradientBound.Holds(message.Gradient, _wire == WirePrecision.Float16 ? GradientBound.LargestHalf / Ranks : GradientBound.Largest);
        if (message.MicroBatch == 0)
        {
            _checks.Send(new GradientCheck(message.Step, 0, _sound));
            _sound = true;
        }
    }

    private void OnPart(GradientPart part)
    {
        Shapes.Require(part.Gradient, "part of a segment gradient", ScalarType.Float32, -1);
        var reduction = Open(part.Step, part.Segment);
        reduction[part.Piece].Add(part.Rank, Keep(part.Gradient));
        if (!reduction.HasGradient)
        {
            return;
        }

        if (!reduction[part.Piece].IsSent)
        {
            SendPiece(part.Step, part.Segment, reduction, part.Piece);
        }
        else
        {
            SumIfThere(part.Step, part.Segment, reduction, part.Piece);
        }

        SendMore();
    }

    private void OnSum(GradientPart sum)
    {
        if (!_open.TryGetValue((sum.Step, sum.Segment), out var reduction) || !reduction.HasGradient)
        {
            throw new InvalidOperationException($"a sum came for segment {sum.Segment} of step {sum.Step}, which is not under way");
        }

        reduction.Put(sum.Rank, sum.Piece, sum.Gradient);
        CloseIfReduced(sum.Step, sum.Segment, reduction, sum.Piece);
        SendMore();
    }

    private SegmentReduction Open(long step, int segment)
    {
        if (!_open.TryGetValue((step, segment), out var reduction))
        {
            _open[(step, segment)] = reduction = new SegmentReduction(Rank, Ranks, _way, _pieceValues);
        }

        return reduction;
    }

    // One after the other: a piece may be reduced as it leaves, and its segment closed.
    private void SendMore()
    {
        while (_underWay < _mostUnderWay && _open.FirstOrDefault(o => o.Value.Unsent is not null) is { Value: { Unsent: { } piece } reduction, Key: var (step, segment) })
        {
            SendPiece(step, segment, reduction, piece);
        }
    }

    private void SendPiece(long step, int segment, SegmentReduction reduction, int piece)
    {
        reduction[piece].IsSent = true;
        _underWay++;
        foreach (var rank in Others)
        {
            _parts.SendTo(rank, new GradientPart(step, Number(segment), segment, piece, Rank, reduction.PartFor(rank, piece)));
        }

        SumIfThere(step, segment, reduction, piece);
    }

    private void SumIfThere(long step, int segment, SegmentReduction reduction, int piece)
    {
        if (!reduction[piece].CanSum)
        {
            return;
        }

        var sum = reduction.Sum(piece);
        if (_wire != WirePrecision.Float32)
        {
            sum.copy_(Rounded(sum));
        }

        foreach (var rank in reduction.IsOneHop ? [] : Others)
        {
            _sums.SendTo(rank, new GradientPart(step, Number(segment), segment, piece, Rank, sum.alias()));
        }

        CloseIfReduced(step, segment, reduction, piece);
    }

    private void CloseIfReduced(long step, int segment, SegmentReduction reduction, int piece)
    {
        if (!reduction[piece].IsComplete)
        {
            return;
        }

        _underWay--;
        if (reduction.IsComplete)
        {
            _open.Remove((step, segment));
            _reduced.Send(new SegmentGradient(step, segment, reduction.Take()));
            reduction.Dispose();
        }
    }

    private Tensor Rounded(Tensor values) => values.to(_wire.ElementType()).to(ScalarType.Float32);

    private int Number(int segment) => (segment * Ranks) + Rank;
}

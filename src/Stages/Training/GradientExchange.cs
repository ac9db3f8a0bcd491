// The all-reduce of backbone gradients between ranks, one segment at a time: reduce-scatter, then all-gather.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// One rank's end of the all-reduce. It cuts its rank's gradient into R contiguous parts and sends part c to exchange c; it sums the parts that come to it in
/// the order of the ranks, in place in the result, and sends the sum to all; the other sums are copied beside it. So 2 (R - 1) / R of a gradient leave a rank, and every value is summed in one place in
/// one order: the result is the same on all ranks, bit by bit, whatever arrives first. Several segments may be under way. Every sample's loss is already divided by
/// the global batch, so gradients are summed, not averaged.
/// </summary>
public sealed class GradientExchange : Stage
{
    private readonly Queue<(long Step, int Segment, Tensor Reduced)> _open = [];
    private readonly Queue<Tensor> _unsummed = [];
    private readonly Outlet<GradientPart> _parts;
    private readonly Outlet<GradientPart> _sums;
    private readonly Outlet<SegmentGradient> _reduced;
    private readonly Outlet<GradientCheck> _checks;
    private bool _sound = true;

    public GradientExchange()
    {
        In<SegmentGradient>("gradients", OnGradient);
        Gather<GradientPart>("parts", OnParts, feedback: true);
        Gather<GradientPart>("sums", OnSums, feedback: true);
        _parts = Out<GradientPart>("parts");
        _sums = Out<GradientPart>("sums");
        _reduced = Out<SegmentGradient>("reduced");
        _checks = Out<GradientCheck>("checks");
    }

    /// <summary>All ranks have the same segments, and a sum needs the parts of all: when the own ones have come back, nothing is owed to the others either.</summary>
    public override bool IsFinished => _open.Count == 0;

    private void OnGradient(SegmentGradient message)
    {
        Shapes.Require(message.Gradient, "segment gradient", ScalarType.Float32, -1);
        if (message.LeftOut)
        {
            return;
        }

        var ranks = Context.Receivers(_parts);
        if (ranks == 1)
        {
            _reduced.Send(message);
            return;
        }

        var result = Keep(empty_like(message.Gradient));
        _open.Enqueue((message.Step, message.MicroBatch, result));
        _unsummed.Enqueue(result);
        for (var c = 0; c < ranks; c++)
        {
            _parts.SendTo(c, new GradientPart(message.Step, message.MicroBatch, PartOf(message.Gradient, c, ranks)));
        }

        if (message.Guarded)
        {
            Check(message);
        }
    }

    // Segments come last first, so with the first one a step's gradient is known whole.
    private void Check(SegmentGradient message)
    {
        _sound = _sound && GradientBound.Holds(message.Gradient);
        if (message.MicroBatch == 0)
        {
            _checks.Send(new GradientCheck(message.Step, 0, _sound));
            _sound = true;
        }
    }

    private void OnParts(IReadOnlyList<GradientPart> parts)
    {
        foreach (var part in parts)
        {
            Shapes.Require(part.Gradient, "part of a segment gradient", ScalarType.Float32, parts[0].Gradient.shape[0]);
        }

        if (!_unsummed.TryDequeue(out var result))
        {
            throw new InvalidOperationException($"parts came for segment {parts[0].MicroBatch} of step {parts[0].Step}, of which this rank has not sent any");
        }

        var sum = PartOf(result, Context.Address.Index, parts.Count);
        Shapes.Require(parts[0].Gradient, "part of a segment gradient", ScalarType.Float32, sum.shape[0]);
        OrderedSum.Into(sum, [.. parts.Select(p => p.Gradient)]);
        _sums.Send(new GradientPart(parts[0].Step, parts[0].MicroBatch, sum));
    }

    private void OnSums(IReadOnlyList<GradientPart> sums)
    {
        var (step, segment) = (sums[0].Step, sums[0].MicroBatch);
        if (!_open.TryDequeue(out var open) || (open.Step, open.Segment) != (step, segment))
        {
            throw new InvalidOperationException($"sums came for segment {segment} of step {step}, which is not the one under way");
        }

        for (var c = 0; c < sums.Count; c++)
        {
            // The own sum is there already.
            var place = PartOf(open.Reduced, c, sums.Count);
            Shapes.Require(sums[c].Gradient, "sum of a part", ScalarType.Float32, place.shape[0]);
            if (c != Context.Address.Index)
            {
                place.copy_(sums[c].Gradient);
            }
        }

        _reduced.Send(new SegmentGradient(step, segment, open.Reduced));
    }

    private static Tensor PartOf(Tensor gradient, int part, int ranks)
    {
        var length = gradient.shape[0];
        var (start, end) = (length * part / ranks, length * (part + 1) / ranks);
        return gradient.narrow(0, start, end - start);
    }
}

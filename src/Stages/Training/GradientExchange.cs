// The all-reduce of backbone gradients between ranks, one segment at a time.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// One rank's end of the all-reduce: gathers the segment's gradients of all ranks and sums them in the order of the ranks. Every sample's loss is already
/// divided by the global batch, so gradients are summed, not averaged.
/// </summary>
public sealed class GradientExchange : Stage
{
    private readonly Outlet<SegmentGradient> _reduced;

    public GradientExchange()
    {
        Gather<SegmentGradient>("gradients", OnGradients);
        _reduced = Out<SegmentGradient>("reduced");
    }

    private void OnGradients(IReadOnlyList<SegmentGradient> parts)
    {
        foreach (var part in parts)
        {
            Shapes.Require(part.Gradient, "segment gradient", ScalarType.Float32, parts[0].Gradient.shape[0]);
        }

        _reduced.Send(new SegmentGradient(parts[0].Step, parts[0].MicroBatch, OrderedSum.Of([.. parts.Select(p => p.Gradient)])));
    }
}

// Drives the all-reduce of gradients in a benchmark: one round at a time, cut into segments as a backbone would.
using System.Diagnostics;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>
/// Stands in for a backbone: sends the segments of a gradient and begins the next round when all have come back reduced; so many rounds for every size. A round is measured
/// from its first send to its last answer. Checks that the sums are right.
/// </summary>
internal sealed class AllReduceDriver : Stage
{
    private readonly IReadOnlyList<IReadOnlyList<long>> _sizes;
    private readonly int[] _rounds;
    private readonly int _ranks;
    private readonly Action<int, TimeSpan> _measured;
    private readonly Outlet<SegmentGradient> _gradients;
    private Tensor? _gradient;
    private long _round;
    private int _size;
    private int _done;
    private int _back;
    private bool _open;
    private long _began;

    /// <param name="sizes">Values of each segment, for every size.</param>
    /// <param name="rounds">Rounds of every size, warm-up included.</param>
    /// <param name="ranks">R.</param>
    /// <param name="measured">Told size and time of every round.</param>
    public AllReduceDriver(IReadOnlyList<IReadOnlyList<long>> sizes, int[] rounds, int ranks, Action<int, TimeSpan> measured)
    {
        _sizes = sizes;
        _rounds = rounds;
        _ranks = ranks;
        _measured = measured;
        In<SegmentGradient>("reduced", OnReduced, feedback: true);
        _gradients = Out<SegmentGradient>("gradients");
    }

    public override bool CanProduce => !_open && _size < _sizes.Count;

    public override bool IsFinished => !_open && _size == _sizes.Count;

    public override void Start() => _gradient = Keep(full(_sizes.Max(lengths => lengths.Max()), Scalars.Of(1.0 + Context.Address.Index), ScalarType.Float32));

    public override void Produce()
    {
        (_open, _back) = (true, 0);
        _began = Stopwatch.GetTimestamp();
        for (var segment = 0; segment < _sizes[_size].Count; segment++)
        {
            _gradients.Send(new SegmentGradient(_round, segment, _gradient!.narrow(0, 0, _sizes[_size][segment])));
        }
    }

    protected override void Dispose(bool disposing)
    {
        _gradient?.Dispose();
        base.Dispose(disposing);
    }

    private void OnReduced(SegmentGradient reduced)
    {
        if (++_back < _sizes[_size].Count)
        {
            return;
        }

        _measured(_size, Stopwatch.GetElapsedTime(_began));
        var expected = _ranks * (_ranks + 1) / 2f;
        if (reduced.Gradient[0].item<float>() != expected || reduced.Gradient[-1].item<float>() != expected)
        {
            throw new InvalidOperationException($"the sum over {_ranks} ranks is {reduced.Gradient[0].item<float>()}, expected {expected}");
        }

        _open = false;
        _round++;
        if (++_done == _rounds[_size])
        {
            (_size, _done) = (_size + 1, 0);
        }
    }
}

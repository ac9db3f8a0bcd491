// Counts what a stage keeps beyond a call, so that a leaking stage is named instead of eating the machine.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>The tensors one stage keeps. Disposes those still alive at the end.</summary>
internal sealed class KeptTensors : IDisposable
{
    private readonly StageAddress _stage;
    private readonly int _limit;
    private readonly HashSet<Tensor> _alive = new(ReferenceEqualityComparer.Instance);
    private int _sweepAt;

    public KeptTensors(StageAddress stage, int limit)
    {
        _stage = stage;
        _limit = limit;
        _sweepAt = NextSweep(0);
    }

    public Tensor Add(Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        _alive.Add(tensor);
        if (_alive.Count >= _sweepAt)
        {
            Sweep();
        }

        return tensor;
    }

    public void Remove(Tensor tensor) => _alive.Remove(tensor);

    public void Dispose()
    {
        foreach (var tensor in _alive)
        {
            tensor.Dispose();
        }

        _alive.Clear();
    }

    private void Sweep()
    {
        _alive.RemoveWhere(t => t.IsInvalid);
        if (_alive.Count > _limit)
        {
            throw new InvalidOperationException(
                $"{_stage} keeps {_alive.Count:N0} tensors, more than kept-tensors = {_limit:N0} allows; dispose what is no longer needed");
        }

        _sweepAt = NextSweep(_alive.Count);
    }

    // Seldom enough to cost nothing, and soon after the limit is passed.
    private int NextSweep(int alive)
    {
        var next = Math.Max(256, alive * 2);
        return next <= _limit ? next : Math.Max(_limit + 1, alive + 1 + (_limit / 8));
    }
}

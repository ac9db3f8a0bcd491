// Counts what a stage keeps beyond a call, so that a leaking stage is named instead of eating the machine.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>The tensors one stage keeps. Disposes those still alive at the end.</summary>
internal sealed class KeptTensors : IDisposable
{
    private readonly StageAddress _stage;
    private readonly int _limit;
    private readonly HashSet<Tensor> _alive = new(ReferenceEqualityComparer.Instance);
    private int _sweepAt = 256;

    public KeptTensors(StageAddress stage, int limit)
    {
        _stage = stage;
        _limit = limit;
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

        _sweepAt = Math.Max(256, _alive.Count * 2);
    }
}

// Working memory of one worker of a step.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>Buffers for one chunk, used again for the next; made when first asked for. Owns them; the views it gives are in the caller's scope.</summary>
internal sealed class SoftmaxScratch : IDisposable
{
    private readonly Dictionary<string, Tensor> _buffers = [];

    /// <summary>float32 [rows, columns]; its content is undefined.</summary>
    /// <param name="name">Whose buffer.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public Tensor Matrix(string name, int rows, int columns)
    {
        var length = (long)rows * columns;
        if (!_buffers.TryGetValue(name, out var buffer) || buffer.shape[0] < length)
        {
            buffer?.Dispose();
            _buffers[name] = buffer = empty(length, ScalarType.Float32).DetachFromDisposeScope();
        }

        return buffer.narrow(0, 0, length).view(rows, columns);
    }

    public void Dispose()
    {
        foreach (var buffer in _buffers.Values)
        {
            buffer.Dispose();
        }
    }
}

// What a shard remembers of a micro-batch between forward, backward and update.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>State of one micro-batch of b samples. Owns its tensors after <see cref="Keep"/>.</summary>
internal sealed class SoftmaxMicroBatch : IDisposable
{
    private readonly int[] _columns;
    private readonly Tensor? _inverseNorm;
    private Tensor? _logits;
    private Tensor? _slopes;

    public SoftmaxMicroBatch(Tensor embeddings, int[] columns, bool normalize)
    {
        _columns = columns;
        if (normalize)
        {
            _inverseNorm = embeddings.norm(1, keepdim: true, p: 2f).AtLeast(1e-12).reciprocal();
            Embeddings = embeddings * _inverseNorm;
        }
        else
        {
            Embeddings = embeddings.clone();
        }
    }

    /// <summary>float32 [b, D]; unit length with normalize on.</summary>
    public Tensor Embeddings { get; }

    /// <summary>float32 [b], set by <see cref="Reduced"/>.</summary>
    public Tensor? LogSum { get; private set; }

    public double ActiveWeight { get; private set; }

    /// <summary>float32 [b, A], where the step's logits are kept.</summary>
    public Tensor? Gradient { get; private set; }

    public ChunkTargets? TargetsIn(int start, int count)
    {
        var samples = new List<long>();
        var flat = new List<long>();
        for (var i = 0; i < _columns.Length; i++)
        {
            if (_columns[i] >= start && _columns[i] < start + count)
            {
                samples.Add(i);
                flat.Add(((long)i * count) + _columns[i] - start);
            }
        }

        return samples.Count == 0 ? null : new ChunkTargets(tensor(samples.ToArray()), tensor(flat.ToArray()), null!, null!);
    }

    /// <summary>Back through x/|x|: (g - x (g.x)) / |x|; the identity without normalize.</summary>
    public Tensor ThroughNormalisation(Tensor gradient)
        => _inverseNorm is null ? gradient : (gradient - (Embeddings * (gradient * Embeddings).sum(1, keepdim: true))) * _inverseNorm;

    public void KeepLogits(Tensor logits, Tensor? slopes)
    {
        _logits = logits.DetachFromDisposeScope();
        _slopes = slopes?.DetachFromDisposeScope();
    }

    public (Tensor? Logits, Tensor? Slopes) TakeLogits() => (_logits, _slopes);

    public Tensor KeepGradient(Tensor gradient)
    {
        Gradient = gradient;
        _logits = null;
        return gradient.DetachFromDisposeScope();
    }

    public void Reduced(Tensor logSum, double activeWeight)
    {
        LogSum = logSum.detach().DetachFromDisposeScope();
        ActiveWeight = activeWeight;
    }

    public void Keep()
    {
        Embeddings.DetachFromDisposeScope();
        _inverseNorm?.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        Embeddings.Dispose();
        _inverseNorm?.Dispose();
        _logits?.Dispose();
        _slopes?.Dispose();
        Gradient?.Dispose();
        LogSum?.Dispose();
    }
}

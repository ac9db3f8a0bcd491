// What one rank still owes the others of one segment's gradient.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Owns its tensors; those of its state start at zero. CPU memory.</summary>
internal sealed class SegmentResidual : IDisposable
{
    private int[] _indices = [];
    private float[] _sent = [];

    /// <param name="length">n.</param>
    /// <param name="withVelocity">Whether there is momentum.</param>
    public SegmentResidual(long length, bool withVelocity)
    {
        if (length > int.MaxValue)
        {
            throw new NotSupportedException($"a segment of {length} parameters; a sparse gradient has at most {int.MaxValue} values, so split the segment");
        }

        Residual = zeros(length).DetachFromDisposeScope();
        Velocity = withVelocity ? zeros(length).DetachFromDisposeScope() : null;
    }

    /// <summary>n.</summary>
    public int Length => (int)Residual.shape[0];

    /// <summary>v, float32 [n]: what was not sent yet.</summary>
    public Tensor Residual { get; }

    /// <summary>u, float32 [n]: this rank's momentum; null without.</summary>
    public Tensor? Velocity { get; }

    /// <summary>What of an undecided step is to be taken in or out; null where there is none.</summary>
    public UndecidedChange? Undecided { get; set; }

    public Span<float> ResidualValues => TensorMemory.SpanOf<float>(Residual);

    public Span<float> VelocityValues => Velocity is null ? [] : TensorMemory.SpanOf<float>(Velocity);

    /// <summary>Places of the values that are sent, ascending; [count]. Kept until more are sent.</summary>
    public Span<int> Indices(int count) => Room(ref _indices, count);

    /// <summary>These values; [count]. Kept until more are sent.</summary>
    public Span<float> Sent(int count) => Room(ref _sent, count);

    public void Dispose()
    {
        Undecided?.Dispose();
        Residual.Dispose();
        Velocity?.Dispose();
    }

    private static Span<T> Room<T>(ref T[] values, int count)
    {
        if (values.Length < count)
        {
            values = new T[count];
        }

        return values.AsSpan(0, count);
    }
}

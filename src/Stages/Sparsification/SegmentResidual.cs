// What one rank still owes the others of one segment's gradient.
using XClassFlow.Stages.Torch;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Owns both tensors, which start at zero. CPU memory.</summary>
internal sealed class SegmentResidual : IDisposable
{
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

    public Span<float> ResidualValues => TensorMemory.SpanOf<float>(Residual);

    public Span<float> VelocityValues => Velocity is null ? [] : TensorMemory.SpanOf<float>(Velocity);

    public void Dispose()
    {
        Residual.Dispose();
        Velocity?.Dispose();
    }
}

// One step of one shard's head, however its active rows are chosen.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Head;

/// <summary>
/// The sharded softmax cross-entropy of one step: every micro-batch forward and backward, then one update of the rows. Owns the state of all micro-batches until the step ends.
/// </summary>
internal interface IStepSoftmax : IDisposable
{
    /// <summary>Active rows of this shard that a sample is compared with, mean over the samples.</summary>
    double RowsPerSample { get; }

    /// <summary>Rows that the step updates.</summary>
    long UpdatedRows { get; }

    /// <summary>Sum of the squares of dW, once <see cref="Update"/> has run.</summary>
    double SquaredGradient { get; }

    /// <summary>Logits and statistics of a micro-batch.</summary>
    /// <param name="embeddings">float32 [b, D], raw.</param>
    /// <param name="labels">Classes of the samples.</param>
    /// <param name="offset">Place of the first sample in the global batch.</param>
    SoftmaxInFlight Forward(Tensor embeddings, long[] labels, int offset);

    /// <summary>dW of the step from all micro-batches, which have been backward, and the update of the active rows.</summary>
    /// <param name="rate">Learning rate.</param>
    void Update(double rate);

    /// <summary>Ends the step without an update: rows and momentum, active or not, stay as they were.</summary>
    void LeaveOut();
}

// What travels along an edge: a record of tensors and plain values that belongs to one step.
namespace XClassFlow.Stages.Flow;

/// <summary>
/// Base of all messages. A message is a sealed record whose primary constructor takes tensors and plain values (numbers, strings, arrays
/// of numbers, records of these); that is all a recording or another node needs to rebuild it (<see cref="MessageCodec"/>).
/// </summary>
/// <remarks>
/// Ownership: a message owns its tensors. Sending hands them over; the receiver's host disposes them when the handler returns, except what the
/// stage kept or sent on. A received tensor may share memory with a copy of the message elsewhere, so it is read-only.
/// </remarks>
/// <param name="Step">The step (weight update) it belongs to, from 0.</param>
/// <param name="MicroBatch">The micro-batch of the step, from 0; another running number of the step where there is no micro-batch.</param>
public abstract record Message(long Step, int MicroBatch) : IDisposable
{
    /// <summary>Disposes the tensors. For whoever owns the message last.</summary>
    public void Dispose()
    {
        foreach (var tensor in MessageCodec.Of(GetType()).Tensors(this))
        {
            tensor.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}

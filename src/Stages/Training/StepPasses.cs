// The micro-batches of the step that a rank is computing: which may begin, how far they are, which one ends the step.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Training;

/// <summary>
/// At most <c>inFlight</c> micro-batches of one step. With <c>overlap</c> they go forward through segments that the update of the step before has done with, else they wait for all of it. Owns
/// them. Belongs to the stage's thread.
/// </summary>
/// <param name="replica">Borrowed.</param>
/// <param name="update">The update of the step before; borrowed.</param>
/// <param name="inFlight">Micro-batches that may wait for their gradient.</param>
/// <param name="overlap">Whether a step begins before the one before is over.</param>
/// <param name="keep">Takes a tensor out of the current call.</param>
internal sealed class StepPasses(BackboneReplica replica, StepUpdate update, int inFlight, bool overlap, Func<Tensor, Tensor> keep) : IDisposable
{
    private readonly List<MicroBatchPass> _passes = [];
    private StepPlan? _plan;
    private int _ended;

    /// <summary>Whether inputs may be taken now; those of an evaluation when no step is under way.</summary>
    public bool CanTake(StepPlan plan)
    {
        if (_plan is not null)
        {
            return _plan.Step == plan.Step && plan.Phase == StepPhase.Train && _passes.Count < inFlight;
        }

        // What an evaluation or a checkpoint sees is the state after one step, with nothing of the next in it.
        return !update.IsOpen || (plan.Phase == StepPhase.Train && overlap && update.IsReady(0) && !update.Plan.SyncStatistics && !update.Plan.Checkpoint);
    }

    /// <summary>Takes a micro-batch of a step over.</summary>
    public void Take(InputBatch batch)
    {
        if (_plan is null && batch.Plan.Guarded)
        {
            replica.Remember(keep);
        }

        _plan = batch.Plan;
        _passes.Add(new MicroBatchPass(batch, replica.Backbone.Segments, keep));
    }

    /// <summary>Goes forward as far as segments are ready: micro-batches in their order, so running statistics are those of passes in one go.</summary>
    /// <returns>What goes to the head.</returns>
    public IEnumerable<EmbeddingPart> Forward()
    {
        foreach (var pass in _passes)
        {
            if (pass.Forward(update.IsReady))
            {
                yield return pass.Embeddings();
            }
        }
    }

    /// <summary>Hands over the micro-batch whose gradient has come; after the step's last one the next step may be taken.</summary>
    /// <param name="microBatch">Its number.</param>
    /// <returns>It, which is the caller's; the step's plan; whether it is the last.</returns>
    /// <exception cref="InvalidOperationException">It is not in flight.</exception>
    public (MicroBatchPass Pass, StepPlan Plan, bool IsLast) End(int microBatch)
    {
        if (_plan is not { } plan || _passes.Find(p => p.MicroBatch == microBatch && p.IsThrough) is not { } pass)
        {
            throw new InvalidOperationException($"a gradient came for micro-batch {microBatch}, which is not in flight");
        }

        _passes.Remove(pass);
        var isLast = ++_ended == plan.MicroBatches;
        if (isLast)
        {
            (_plan, _ended) = (null, 0);
        }

        return (pass, plan, isLast);
    }

    public void Dispose() => _passes.ForEach(p => p.Dispose());
}

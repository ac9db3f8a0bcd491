// The supervisor's part of a checkpoint.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>What the supervisor must know to go on after a step.</summary>
/// <param name="Step">The step that was just done.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Samples">Training samples seen so far, which is the position of the next one.</param>
/// <param name="Policy">State of the convergence policy, JSON.</param>
/// <param name="Sparsification">State of the sparsification's plan, JSON.</param>
/// <param name="Graphs">State of the schedule of class graphs, JSON.</param>
/// <param name="MicroBatches">The numbers of micro-batches that were chosen, JSON; empty where they are fixed.</param>
/// <param name="EvaluationDue">Whether the step made an evaluation due, which comes after the checkpoint, or not at all where the run is stopped.</param>
public sealed record SupervisorState(
    long Step, int MicroBatch, long Samples, string Policy, string Sparsification, string Graphs, string MicroBatches, bool EvaluationDue = false) : Message(Step, MicroBatch);

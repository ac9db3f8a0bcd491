// One event of a run; exactly one member is set.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Membership.Wire;

internal sealed record RunEvent(
    RunStarted? Started = null, StepProgress? Step = null, EvaluationResult? Evaluated = null, CheckpointTold? Checkpointed = null, string? Note = null)
{
    /// <summary>Tells an observer.</summary>
    public void TellTo(IRunObserver observer)
    {
        switch (this)
        {
            case { Started: { } started }:
                observer.Started(started);
                break;
            case { Step: { } step }:
                observer.Step(step);
                break;
            case { Evaluated: { } result }:
                observer.Evaluated(result);
                break;
            case { Checkpointed: { } checkpoint }:
                observer.Checkpointed(checkpoint.Step, checkpoint.Path);
                break;
            case { Note: { } line }:
                observer.Note(line);
                break;
        }
    }
}

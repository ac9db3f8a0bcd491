// Who wants to know how a run goes on.
using XClassFlow.Stages.Pipelining;
using XClassFlow.Stages.Sparsification;

namespace XClassFlow.Stages.Training;

/// <summary>Receives a run's events on the supervisor's thread, in order.</summary>
public interface ISupervisorObserver
{
    void Stepped(StepRecord step);

    void Evaluated(EvaluationReport evaluation);

    void Audited(AuditResult audit);

    void Checkpointed(long step, string path);

    /// <summary>A trial of sparse gradients is over.</summary>
    void GradientsChosen(SparsificationChoice choice)
    {
    }

    /// <summary>A number of micro-batches was chosen.</summary>
    void MicroBatchesChosen(MicroBatchChoice choice)
    {
    }

    /// <summary>The run's last step is planned.</summary>
    /// <param name="updates">Updates when it is done.</param>
    /// <param name="why">Why the policy ends the run early; null where the run is as long as configured.</param>
    void Ending(long updates, string? why)
    {
    }
}

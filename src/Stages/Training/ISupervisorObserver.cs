// Who wants to know how a run goes on.
namespace XClassFlow.Stages.Training;

/// <summary>Receives a run's events on the supervisor's thread, in order.</summary>
public interface ISupervisorObserver
{
    void Stepped(StepRecord step);

    void Evaluated(EvaluationReport evaluation);

    void Audited(AuditResult audit);

    void Checkpointed(long step, string path);
}

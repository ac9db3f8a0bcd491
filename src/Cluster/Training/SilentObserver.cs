// The observer that nobody listens to.
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>Ignores everything.</summary>
internal sealed class SilentObserver : ISupervisorObserver
{
    public void Stepped(StepRecord step)
    {
    }

    public void Evaluated(EvaluationReport evaluation)
    {
    }

    public void Checkpointed(long step, string path)
    {
    }
}

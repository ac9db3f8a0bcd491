// The watcher of a run that nobody watches.
namespace XClassFlow.Cluster.Training;

/// <summary>Ignores everything.</summary>
internal sealed class SilentRunObserver : IRunObserver
{
    public void Started(RunStarted started)
    {
    }

    public void Step(StepProgress step)
    {
    }

    public void Evaluated(EvaluationResult result)
    {
    }

    public void Note(string line)
    {
    }
}

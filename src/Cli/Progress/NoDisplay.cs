// Shows nothing.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

internal sealed class NoDisplay : IProgressDisplay, IRunObserver
{
    public Task<T> ShowAsync<T>(Func<IRunObserver, Task<T>> run) => run(this);

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

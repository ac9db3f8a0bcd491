// Collects what a run reports, and can act on a step.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Tests.Training;

internal sealed class StepObserver(Action<StepProgress>? onStep = null) : IRunObserver
{
    public List<EvaluationResult> Evaluations { get; } = [];

    public void Started(RunStarted started)
    {
    }

    public void Step(StepProgress step) => onStep?.Invoke(step);

    public void Evaluated(EvaluationResult result) => Evaluations.Add(result);

    public void Note(string line)
    {
    }
}

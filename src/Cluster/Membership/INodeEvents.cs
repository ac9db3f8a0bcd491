// What a running part tells its node.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Membership;

/// <summary>Events of a run. Calls may come on any thread, must return quickly, and are the same that an <see cref="IRunObserver"/> gets.</summary>
internal interface INodeEvents
{
    void Started(RunStarted started);

    void Step(StepProgress step);

    void Evaluated(EvaluationResult result);

    void Checkpointed(long step, string path);

    void Note(string line);
}

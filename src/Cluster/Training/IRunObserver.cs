// Who watches a run: a console, a log, a test.
namespace XClassFlow.Cluster.Training;

/// <summary>Watches a run. All calls come from one thread, in the order things happen, and must return quickly: a step waits for them.</summary>
public interface IRunObserver
{
    /// <summary>Everything is loaded and checked; the first step follows.</summary>
    void Started(RunStarted started);

    /// <summary>A step is done.</summary>
    void Step(StepProgress step);

    /// <summary>An evaluation is done.</summary>
    void Evaluated(EvaluationResult result);

    /// <summary>A checkpoint is on disk.</summary>
    /// <param name="step">The last step in it.</param>
    /// <param name="path">Its directory.</param>
    void Checkpointed(long step, string path) => Note($"checkpoint after step {step + 1}: {path}");

    /// <summary>Something worth a line: a rebuilt graph, a lost node.</summary>
    void Note(string line);
}

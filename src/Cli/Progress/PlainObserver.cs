// Progress as lines, for logs and pipes.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>Writes a line for a step every so often, and one for the first step, the last, each evaluation and each note.</summary>
internal sealed class PlainObserver(TextWriter output, TimeProvider time, TimeSpan interval) : IRunObserver
{
    private long? lastLine;

    public void Started(RunStarted started)
    {
        foreach (var line in started.Loaded)
        {
            output.WriteLine(line);
        }

        output.WriteLine(ProgressText.Of(started));
        output.Flush();
    }

    public void Step(StepProgress step)
    {
        if (lastLine is { } last && step.Step < step.Updates && time.GetElapsedTime(last) < interval)
        {
            return;
        }

        lastLine = time.GetTimestamp();
        output.WriteLine(ProgressText.Of(step));
        output.Flush();
    }

    public void Evaluated(EvaluationResult result) => Note(ProgressText.Of(result));

    public void Note(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}

// Progress as a table that stays in place on the terminal.
using Spectre.Console;
using Spectre.Console.Rendering;
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cli.Progress;

/// <summary>Redraws a few times a second; evaluations and notes are lines that scroll by above the table.</summary>
/// <param name="terminal">Where lines go.</param>
/// <param name="draw">Replaces the table.</param>
/// <param name="time">The clock.</param>
internal sealed class LiveObserver(IAnsiConsole terminal, Action<IRenderable> draw, TimeProvider time) : IRunObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private long? lastDraw;
    private RunStarted? run;
    private EvaluationResult? evaluation;

    public void Started(RunStarted started)
    {
        run = started;
        foreach (var line in started.Loaded)
        {
            Note(line);
        }

        Note(ProgressText.Of(started));
    }

    public void Step(StepProgress step)
    {
        if (lastDraw is { } last && step.Step < step.Updates && time.GetElapsedTime(last) < Interval)
        {
            return;
        }

        lastDraw = time.GetTimestamp();
        draw(LiveView.Of(run?.Run ?? "", step, evaluation));
    }

    public void Evaluated(EvaluationResult result)
    {
        evaluation = result;
        Note(ProgressText.Of(result));
    }

    public void Note(string line) => terminal.WriteLine(line);
}

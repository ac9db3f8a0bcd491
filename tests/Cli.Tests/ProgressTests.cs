// What a run looks like while it runs.
using Spectre.Console;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Tests;

public sealed class ProgressTests : IDisposable
{
    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task PlainProgressIsALineEverySoOften()
    {
        cli.Runs.Script = PlayAsync;

        Assert.Equal(0, await cli.RunAsync("eval", "--checkpoint", "c", "--data", "d", "--progress", "plain"));
        Assert.Equal(
            """
            glyphs.arrow: 27,484 classes
            glyphs: 27,484 classes, 3,500,000 parameters, 12 updates of 256 samples
            step 1/12  loss 8.5  top-1 12.5 %  rate 0.1  batch 256  1,000 samples/s  elapsed 00:00:01  remaining 00:00:11  busiest head 80 %
            step 6/12  loss 8.5  top-1 12.5 %  rate 0.1  batch 256  1,000 samples/s  elapsed 00:00:06  remaining 00:00:06  busiest head 80 %
            step 11/12  loss 8.5  top-1 12.5 %  rate 0.1  batch 256  1,000 samples/s  elapsed 00:00:11  remaining 00:00:01  busiest head 80 %
            step 12/12  loss 8.5  top-1 12.5 %  rate 0.1  batch 256  1,000 samples/s  elapsed 00:00:12  remaining 00:00:00  busiest head 80 %
            evaluation at step 12 (epoch 1.5): top-1 94.70 %, top-5 99.00 % of 1,000 samples in 2.5 s
            graph rebuilt
            glyphs: completed, 1,000 updates, 256,000 samples, 1,234 samples/s, loss 3.25, top-1 94.70 %, top-5 99.00 % of 27,484

            """.ReplaceLineEndings("\n"),
            cli.Out);
    }

    [Fact]
    public async Task TheIntervalCanBeChosen()
    {
        cli.Runs.Script = PlayAsync;

        await cli.RunAsync("eval", "--checkpoint", "c", "--data", "d", "--progress-every", "0");

        Assert.Equal(12, cli.Out.Split('\n').Count(l => l.StartsWith("step", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ProgressCanBeLeftOut()
    {
        cli.Runs.Script = PlayAsync;

        await cli.RunAsync("eval", "--checkpoint", "c", "--data", "d", "--progress", "none");

        Assert.StartsWith("glyphs: completed", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATerminalShowsATable()
    {
        var screen = new StringWriter();
        cli.Terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(screen),
        });
        cli.Terminal.Profile.Width = 120;
        cli.Runs.Script = PlayAsync;

        Assert.Equal(0, await cli.RunAsync("eval", "--checkpoint", "c", "--data", "d"));

        var text = screen.ToString();
        Assert.Contains("27,484 classes, 3,500,000 parameters", text, StringComparison.Ordinal);
        Assert.Contains("12 / 12", text, StringComparison.Ordinal);
        Assert.Contains("80 % busy", text, StringComparison.Ordinal);
        Assert.Contains("backbone 0.1, head 1 (warm-up)", text, StringComparison.Ordinal);
        Assert.Contains("graph rebuilt", text, StringComparison.Ordinal);
        Assert.StartsWith("glyphs: completed", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFaultEndsTheTable()
    {
        cli.Terminal = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Out = new AnsiConsoleOutput(new StringWriter()) });
        cli.Runs.Script = (_, _) => throw new InvalidOperationException("lost");

        Assert.Equal(1, await cli.RunAsync("eval", "--checkpoint", "c", "--data", "d"));
    }

    private Task<RunReport> PlayAsync(IRunObserver observer, CancellationToken stop)
    {
        observer.Started(new RunStarted("glyphs", 27_484, 3_500_000, 12, 256, ["glyphs.arrow: 27,484 classes"]));
        for (var step = 1; step <= 12; step++)
        {
            cli.Time.Advance(TimeSpan.FromSeconds(1));
            observer.Step(new StepProgress(
                step, 12, 256 * step, 8.5, 0.125, 0.1, 1000, TimeSpan.FromSeconds(step), TimeSpan.FromSeconds(12 - step), [new("backbone", 0.5), new("head", 0.8)], 1, 256, "warm-up"));
        }

        observer.Evaluated(new EvaluationResult(12, 1.5, 0.947, 0.99, 1000, 2.5));
        observer.Note("graph rebuilt");
        return Task.FromResult(FakeRuns.Report(RunOutcome.Completed));
    }
}

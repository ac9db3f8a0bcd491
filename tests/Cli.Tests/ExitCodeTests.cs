// How a run ends: exit codes, reports, Ctrl-C.
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cli.Tests;

public sealed class ExitCodeTests : IDisposable
{
    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData(RunOutcome.Completed, 0)]
    [InlineData(RunOutcome.Failed, 1)]
    [InlineData(RunOutcome.Interrupted, 130)]
    public async Task TheOutcomeIsTheExitCode(RunOutcome outcome, int code)
    {
        cli.Runs.Script = (_, _) => Task.FromResult(FakeRuns.Report(outcome));

        Assert.Equal(code, await EvalAsync());
        Assert.Equal($"glyphs: {outcome.ToString().ToLowerInvariant()}, 1,000 updates, 256,000 samples, 1,234 samples/s, loss 3.25, top-1 94.70 %, top-5 99.00 % of 27,484\n", cli.Out);
    }

    [Fact]
    public async Task AUsersMistakeIsOneLineHoweverItIsWrapped()
    {
        var mistake = new UserErrorException("label 12 is not below 10", "train.arrow: row 5", "set classes = 13");
        cli.Runs.Script = (_, _) => throw new InvalidOperationException("stage source, step 4", new AggregateException(new FormatException(), mistake));

        Assert.Equal(2, await EvalAsync());
        Assert.Equal("xclassflow: train.arrow: row 5: label 12 is not below 10; set classes = 13\n", cli.Error);
        Assert.Equal("", cli.Out);
    }

    [Fact]
    public async Task AFullDiskIsOneLineWithoutAStackAndAfterTheFigures()
    {
        var full = new OutputException("out/x", new IOException("No space left on device."));
        cli.Runs.Script = (_, _) => throw new InvalidOperationException("stage checkpoint[0]", new AggregateException(full));

        Assert.Equal(1, await EvalAsync());
        Assert.Equal("xclassflow: failed: out/x: cannot be written: No space left on device\n", cli.Error);

        // A report that cannot be written any more after the run does not take the run's figures with it.
        var folder = Directory.CreateDirectory(Path.Combine(cli.Folder, "gone")).FullName;
        cli.Runs.Script = (_, _) =>
        {
            Directory.Delete(folder);
            return Task.FromResult(FakeRuns.Report(RunOutcome.Completed));
        };
        Assert.Equal(1, await EvalAsync("--report", Path.Combine(folder, "r.json")));
        Assert.StartsWith("glyphs: completed", cli.Out, StringComparison.Ordinal);
        Assert.Equal(2, cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task AFaultIsOneLineAndItsStack()
    {
        cli.Runs.Script = (_, _) => throw new InvalidOperationException("node 3\nis lost");

        Assert.Equal(1, await EvalAsync());
        Assert.StartsWith("xclassflow: failed: node 3 is lost\nSystem.InvalidOperationException", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACancellationThatNobodyAskedForIsAFault()
    {
        cli.Runs.Script = (_, _) => throw new OperationCanceledException("timeout");

        Assert.Equal(1, await EvalAsync());
    }

    [Fact]
    public async Task AMistakeInTheConfigurationIsFoundBeforeTheRun()
    {
        var config = cli.Write("a.conf", "xclassflow {\n head {\n");

        Assert.Equal(2, await cli.RunAsync("train", "-c", config));
        Assert.Equal($"xclassflow: {config}:2: this '{{' is never closed; add the missing '}}'\n", cli.Error);
        Assert.Equal(2, await cli.RunAsync("train", "-c", "/nowhere.conf"));
        Assert.EndsWith("xclassflow: configuration: there is no file '/nowhere.conf'; name a configuration file\n", cli.Error, StringComparison.Ordinal);
        Assert.Null(cli.Runs.Options);
    }

    [Fact]
    public async Task TheFirstCtrlCLetsTheRunFinishItsStep()
    {
        var report = Path.Combine(cli.Folder, "r.json");
        cli.Runs.Script = async (_, stop) =>
        {
            var stopped = new TaskCompletionSource();
            await using var registration = stop.Register(stopped.SetResult);
            cli.Interrupts.Request();
            await stopped.Task;
            return FakeRuns.Report(RunOutcome.Interrupted);
        };

        Assert.Equal(130, await EvalAsync("--report", report));
        Assert.StartsWith("stopping after this step; Ctrl-C again ends at once\nglyphs: interrupted", cli.Out, StringComparison.Ordinal);
        Assert.Equal(RunOutcome.Interrupted, RunReportFile.Read(report).Outcome);
        Assert.Empty(cli.Ended);
    }

    [Fact]
    public async Task TheSecondCtrlCEndsAtOnce()
    {
        cli.Runs.Script = (_, stop) =>
        {
            cli.Interrupts.Request();
            cli.Interrupts.Request();
            throw new OperationCanceledException(stop);
        };

        Assert.Equal(130, await EvalAsync());
        Assert.Equal([130], cli.Ended);
        Assert.Equal("", cli.Error);
    }

    [Fact]
    public async Task AnImportStops()
    {
        cli.Interrupts.Request();

        Assert.Equal(130, await cli.RunAsync("import", "idx", "--images", "i", "--labels", "l", "--out", "o"));
    }

    [Fact]
    public async Task TheReportIsWritten()
    {
        var file = Path.Combine(cli.Folder, "r.json");

        Assert.Equal(0, await EvalAsync("--report", file));
        Assert.Equal(0.947, RunReportFile.Read(file).Eval!.Top1);
        Assert.Single(Directory.GetFiles(cli.Folder));
    }

    [Fact]
    public async Task AReportThatCannotBeWrittenIsFoundBeforeTheRun()
    {
        Assert.Equal(2, await EvalAsync("--report", cli.Folder));
        Assert.Equal(2, await EvalAsync("--report", "/nowhere/at/all/r.json"));
        Assert.Equal(
            $"xclassflow: --report: '{cli.Folder}' is a directory; name a file\nxclassflow: --report: there is no directory '/nowhere/at/all'; create it first\n", cli.Error);
        Assert.Null(cli.Runs.Options);
    }

    [Fact]
    public async Task AReplayThatDiffersFails()
    {
        Assert.Equal(0, await cli.RunAsync("replay", "r"));
        cli.Runs.Replayed = new(false, ["head: first difference at message 3: 1e-3"]);

        Assert.Equal(1, await cli.RunAsync("replay", "r"));
        Assert.EndsWith("head: first difference at message 3: 1e-3\n", cli.Out, StringComparison.Ordinal);
    }

    private Task<int> EvalAsync(params string[] more) => cli.RunAsync(["eval", "--checkpoint", "c", "--data", "d", .. more]);
}

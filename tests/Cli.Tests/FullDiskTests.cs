// The real command on a disk that is full: exit code 1, one line, and nothing written half.
namespace XClassFlow.Cli.Tests;

public sealed class FullDiskTests : IDisposable
{
    private const string Small = """
        xclassflow {
          torch.threads = 1
          data.test { type = generated-features, generated-features { classes = 2000, width = 32, samples-per-class = 1, split = test } }
          data { train { type = generated-features, generated-features { classes = 2000, width = 32, samples-per-class = 10 } } }
          schedule { updates = 60, batch = 32, checkpoint-every = 20, keep-checkpoints = 8 }
          backbone { type = mlp, mlp { width = 48, hidden = [] } }
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-full-").FullName;

    [Fact]
    public async Task AnImport()
    {
        Idx("images", [200, 16, 16], new byte[200 * 256]);
        Idx("labels", [200], [.. Enumerable.Range(0, 200).Select(i => (byte)(i % 10))]);

        var (code, error, left, _) = await OnDiskAsync("16k", $"import idx --images {folder}/images --labels {folder}/labels --out data/x.arrow --test-every 4");

        Assert.Equal(1, code);
        Assert.StartsWith("xclassflow: failed: data/x.arrow: cannot be written: No space left", Assert.Single(error), StringComparison.Ordinal);
        Assert.Empty(left);
    }

    [Fact]
    public async Task ACheckpointWhoseForerunnersStayGood()
    {
        var config = await ConfigAsync();

        // What stands on the full disk is then evaluated, and again where there was room and the run ended there.
        var evaluate = $"train -c {config} --checkpoint c --resume --set schedule.updates=40 --report {folder}/full.json";
        var (code, error, left, _) = await OnDiskAsync("2m", $"train -c {config} --checkpoint c", evaluate);

        Assert.Equal(1, code);
        Assert.Matches(@"\.step-000000060\.[0-9a-f]+\.partial", Assert.Single(error));
        Assert.Contains("the previous checkpoint is untouched", error[0], StringComparison.Ordinal);
        Assert.Contains("./c/step-000000040/manifest.json", left);
        Assert.DoesNotContain(left, f => f.Contains("step-000000060", StringComparison.Ordinal));

        Assert.Equal(0, (await Shell.RunAsync(
            $"cd {folder} && {Shell.Command} train -c {config} --checkpoint room && mkdir c && cp -r room/step-000000040 c && {Shell.Command} {evaluate.Replace("full.json", "room.json", StringComparison.Ordinal)}")).Code);
        Assert.Equal(EvalOf(Path.Combine(folder, "room.json")), EvalOf(Path.Combine(folder, "full.json")));
    }

    /// <summary>A limit of the process instead of the disk's (ulimit -f); .NET itself needs larger files unless it is told not to.</summary>
    [Fact]
    public async Task ACheckpointBeyondTheLargestFileThatIsAllowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs ulimit -f");
        var config = await ConfigAsync();

        var (code, _, error) = await Shell.RunAsync($"cd {folder} && export DOTNET_EnableWriteXorExecute=0 && ulimit -f 300 && {Shell.Command} train -c {config} --checkpoint c --set schedule.checkpoint-every=0");

        Assert.Equal(1, code);
        Assert.Matches("the checkpoint cannot be written: File too large; it needs [0-9]+ bytes", Assert.Single(error));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(folder, "c")));
    }

    [Fact]
    public async Task AClassGraph()
    {
        var config = await ConfigAsync();
        Assert.Equal(0, (await Shell.RunAsync($"cd {folder} && {Shell.Command} train -c {config} --checkpoint c --set schedule.updates=2")).Code);

        var (code, error, left, _) = await OnDiskAsync("16k", $"graph build --checkpoint {folder}/c --out sub/g.arrow");

        Assert.Equal(1, code);
        Assert.StartsWith("xclassflow: failed: sub/g.arrow: cannot be written: No space left", error[^1], StringComparison.Ordinal);
        Assert.Empty(left);
    }

    [Fact]
    public async Task AReportAfterARunWhoseCheckpointStands()
    {
        var config = await ConfigAsync();

        // Room for the probe of the report's place, but not for the report.
        var (code, error, left, _) = await OnDiskAsync("4k", $"train -c {config} --checkpoint {folder}/c --report r.json --report-losses");

        Assert.Equal(1, code);
        Assert.StartsWith("xclassflow: failed: r.json: cannot be written: No space left", Assert.Single(error), StringComparison.Ordinal);
        Assert.Empty(left);
        Assert.True(File.Exists(Path.Combine(folder, "c", "step-000000060", "manifest.json")));
    }

    [Fact]
    public async Task ATimelineDoesNotCostTheRun()
    {
        var config = await ConfigAsync();

        var (code, error, _, output) = await OnDiskAsync("8k", $"train -c {config} --checkpoint {folder}/c --set timeline.file=t.json");

        Assert.Equal(0, code);
        Assert.Empty(error);
        Assert.Contains(output, l => l.Contains("the timeline was not written: ", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(folder, "c", "step-000000060", "manifest.json")));
    }

    [Fact]
    public async Task ARecordingThatCannotBeFinishedSaysSoAndDoesNotCostTheRun()
    {
        var config = await ConfigAsync();

        var (code, error, left, output) = await OnDiskAsync("300k", $"train -c {config} --checkpoint {folder}/c --set recording.directory=r");

        Assert.Equal(0, code);
        Assert.Empty(error);
        Assert.Contains("./r/recording.json", left);
        Assert.Contains(output, l => l.Contains("the recording cannot be written: No space left", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(folder, "c", "step-000000060", "manifest.json")));
    }

    [Fact]
    public async Task ARecordingThatCannotBegin()
    {
        var config = await ConfigAsync();

        var (code, error, left, _) = await OnDiskAsync("8k", $"train -c {config} --set recording.directory=r");

        Assert.Equal(1, code);
        Assert.Contains("the recording cannot be written: No space left", Assert.Single(error), StringComparison.Ordinal);
        Assert.Empty(left);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // A mount of the test's own, gone with its process. Returns the lines of the error stream and the files that stand on the disk at the end.
    private async Task<(int Code, string[] Error, string[] Left, string[] Output)> OnDiskAsync(string size, string arguments, string then = "")
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a mount of its own");
        Assert.SkipUnless((await Shell.RunAsync("unshare -rm true")).Code == 0, "this system lets nobody mount a file system of his own");
        var disk = Directory.CreateDirectory(Path.Combine(folder, "disk")).FullName;
        var after = then.Length == 0 ? "" : $"{Shell.Command} {then} > /dev/null || exit 77;";
        var (code, output, error) = await Shell.RunAsync(
            $"unshare -rm sh -c 'mount -t tmpfs -o size={size} tmpfs {disk} && cd {disk} && {Shell.Command} {arguments}; code=$?; {after} echo LEFT; find . -mindepth 1; exit $code'");
        return (code, error, output[(Array.IndexOf(output, "LEFT") + 1)..], output);
    }

    private static string EvalOf(string report)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(report));
        return json.RootElement.GetProperty("eval").GetRawText();
    }

    private async Task<string> ConfigAsync()
    {
        var config = Path.Combine(folder, "small.conf");
        await File.WriteAllTextAsync(config, Small, TestContext.Current.CancellationToken);
        return config;
    }

    private void Idx(string name, byte[] sizes, byte[] content)
    {
        byte[] header = [0, 0, 8, (byte)sizes.Length, .. sizes.SelectMany(s => new byte[] { 0, 0, 0, s })];
        File.WriteAllBytes(Path.Combine(folder, name), [.. header, .. content]);
    }
}

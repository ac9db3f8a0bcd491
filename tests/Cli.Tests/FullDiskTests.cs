// The real command on a disk that is full: exit code 1, one line, and nothing written half.
using System.Diagnostics;

namespace XClassFlow.Cli.Tests;

public sealed class FullDiskTests : IDisposable
{
    private const string Small = """
        xclassflow {
          torch.threads = 1
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

        var (code, error, left) = await OnDiskAsync("16k", $"import idx --images {folder}/images --labels {folder}/labels --out data/x.arrow --test-every 4");

        Assert.Equal(1, code);
        Assert.StartsWith("xclassflow: failed: data/x.arrow: cannot be written: No space left", Assert.Single(error), StringComparison.Ordinal);
        Assert.Empty(left);
    }

    [Fact]
    public async Task ACheckpointWhoseForerunnersStayGood()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "small.conf"), Small, TestContext.Current.CancellationToken);

        var (code, error, left) = await OnDiskAsync("2m", $"train -c {folder}/small.conf --checkpoint c");

        Assert.Equal(1, code);
        Assert.Matches(@"\.step-000000060\.[0-9a-f]+\.partial", Assert.Single(error));
        Assert.Contains("the previous checkpoint is untouched", error[0], StringComparison.Ordinal);
        Assert.Contains("./c/step-000000040/manifest.json", left);
        Assert.DoesNotContain(left, f => f.Contains("step-000000060", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ARecordingThatCannotBegin()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "small.conf"), Small, TestContext.Current.CancellationToken);

        var (code, error, left) = await OnDiskAsync("8k", $"train -c {folder}/small.conf --set recording.directory=r");

        Assert.Equal(1, code);
        Assert.Contains("the recording cannot be written: No space left", Assert.Single(error), StringComparison.Ordinal);
        Assert.Empty(left);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // A mount of the test's own, gone with its process. Returns the lines of the error stream and the files that stand on the disk at the end.
    private async Task<(int Code, string[] Error, string[] Left)> OnDiskAsync(string size, string arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a mount of its own");
        Assert.SkipUnless((await ShellAsync("unshare -rm true")).Code == 0, "this system lets nobody mount a file system of his own");
        var disk = Directory.CreateDirectory(Path.Combine(folder, "disk")).FullName;
        var command = Path.Combine(AppContext.BaseDirectory, "xclassflow.dll");
        var (code, output, error) = await ShellAsync(
            $"unshare -rm sh -c 'mount -t tmpfs -o size={size} tmpfs {disk} && cd {disk} && dotnet {command} {arguments}; code=$?; echo LEFT; find . -mindepth 1; exit $code'");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (code, error.Split('\n', StringSplitOptions.RemoveEmptyEntries), lines[(Array.IndexOf(lines, "LEFT") + 1)..]);
    }

    private static async Task<(int Code, string Output, string Error)> ShellAsync(string script)
    {
        var start = new ProcessStartInfo("sh") { ArgumentList = { "-c", script }, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    private void Idx(string name, byte[] sizes, byte[] content)
    {
        byte[] header = [0, 0, 8, (byte)sizes.Length, .. sizes.SelectMany(s => new byte[] { 0, 0, 0, s })];
        File.WriteAllBytes(Path.Combine(folder, name), [.. header, .. content]);
    }
}

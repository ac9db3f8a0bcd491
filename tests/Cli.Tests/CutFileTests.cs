// The real command on class weights whose file somebody cuts short, before they are mapped and while they are.
namespace XClassFlow.Cli.Tests;

public sealed class CutFileTests : IDisposable
{
    private const string Small = """
        xclassflow {
          torch.threads = 1
          layout.shards = 1
          data { train { type = generated-features, generated-features { classes = 2000, width = 32, samples-per-class = 10 } } }
          schedule { updates = 4, batch = 32, checkpoint-every = 0 }
          head.weights.storage = mapped
          backbone.type = identity
        }
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-cut-").FullName;
    private readonly string head;
    private readonly string train;

    public CutFileTests()
    {
        var config = Path.Combine(folder, "small.conf");
        File.WriteAllText(config, Small);
        train = $"{Shell.Command} train -c {config} --checkpoint {folder}/c";
        head = Path.Combine(folder, "c", "step-000000004", "head-00000-of-00001.safetensors");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task BeforeItIsMappedItIsAMistakeInTheInput()
    {
        Assert.Equal(0, (await Shell.RunAsync(train)).Code);
        Cut(4);

        var (code, _, error) = await Shell.RunAsync($"{train} --resume --set schedule.updates=8");

        Assert.Equal(2, code);
        Assert.Matches("head-00000-of-00001.safetensors: is damaged: it has [0-9]+ bytes, [0-9]+ were written", Assert.Single(error));
    }

    /// <summary>By four bytes, so that the page they lie in stays: whoever does not look reads zeros and goes on.</summary>
    [Fact]
    public async Task WhileItIsMappedTheRunEndsWithTheReasonAndMakesNoCheckpoint()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "nothing cuts a mapped file short on Windows");
        Assert.Equal(0, (await Shell.RunAsync(train)).Code);
        var whole = await File.ReadAllBytesAsync(head, TestContext.Current.CancellationToken);
        using var run = Shell.Start($"exec {train} --resume --set schedule.updates=10000000 --progress-every 0.1");
        try
        {
            while (await run.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.StartsWith("step ", StringComparison.Ordinal))
            {
            }

            Cut(4);
            var rest = run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await Shell.EndAsync(run);

            Assert.Equal(1, run.ExitCode);
            Assert.Matches($"^xclassflow: failed: .*{Path.GetFileName(head)}: was cut short from {whole.Length} to {whole.Length - 4} bytes while it was in use; bring it back", Assert.Single(Shell.Lines(await error)));
            Assert.DoesNotContain("completed", await rest, StringComparison.Ordinal);
        }
        finally
        {
            run.Kill();
        }

        Assert.Equal(["step-000000004"], Directory.EnumerateDirectories(Path.Combine(folder, "c")).Select(Path.GetFileName));
        await File.WriteAllBytesAsync(head, whole, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Shell.RunAsync($"{train} --resume --set schedule.updates=8")).Code);
    }

    [Fact]
    public async Task AFileThatIsDeletedMeanwhileCostsNothing()
    {
        Assert.Equal(0, (await Shell.RunAsync(train)).Code);

        // keep-checkpoints = 1: what the run has mapped is rotated away under it.
        var (code, _, error) = await Shell.RunAsync($"{train} --resume --set schedule.updates=40 --set schedule.checkpoint-every=10 --set schedule.keep-checkpoints=1");

        Assert.Empty(error);
        Assert.Equal(0, code);
        Assert.False(File.Exists(head));
    }

    private void Cut(int bytes)
    {
        using var file = new FileStream(head, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(file.Length - bytes);
    }
}

// The real command where there is too little memory: refused before it begins, or ended with one line.
namespace XClassFlow.Cli.Tests;

public sealed class FullMemoryTests : IDisposable
{
    private const string Large = """
        xclassflow {
          torch.threads = 1
          layout.shards = 1
          data { train { type = generated-features, generated-features { classes = 4000000, width = 64, samples-per-class = 1 } } }
          schedule { updates = 2, batch = 32 }
          backbone.type = identity
        }
        """;

    private const string Groups = "/sys/fs/cgroup";

    private readonly string folder = Directory.CreateTempSubdirectory("xclassflow-memory-").FullName;
    private readonly string train;

    public FullMemoryTests()
    {
        var config = Path.Combine(folder, "large.conf");
        File.WriteAllText(config, Large);
        train = $"{Shell.Command} train -c {config} --checkpoint {folder}/c";
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>As in a container: the group that the process is in has 500 MiB, the weights and their momentum need 2 GB.</summary>
    [Fact]
    public async Task AContainersLimitIsAPlansLimit()
    {
        var old = Directory.Exists($"{Groups}/memory");
        var (group, limit) = old ? ($"{Groups}/memory/xclassflow-{Environment.ProcessId}", "memory.limit_in_bytes") : ($"{Groups}/xclassflow-{Environment.ProcessId}", "memory.max");
        Assert.SkipUnless((await Shell.RunAsync($"mkdir {group} && echo 500M > {group}/{limit}")).Code == 0, "this system lets nobody make a control group");
        try
        {
            var (code, _, error) = await Shell.RunAsync($"echo $$ > {group}/cgroup.procs && exec {train}");

            Assert.Equal(2, code);
            Assert.Matches("^xclassflow: this run: needs [0-9.]+ GiB in one process, of which 1.0 GiB are [a-z ]*class weights; there are 0.[0-9] GiB; at most [0-9,]+ classes fit", Assert.Single(error));
        }
        finally
        {
            await Shell.RunAsync($"rmdir {group}");
        }
    }

    /// <summary>A limit that no plan knows of: the block of the weights is refused by the system.</summary>
    [Fact]
    public async Task ABlockThatTheSystemRefusesIsOneLine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs ulimit -d");

        var (code, _, error) = await Shell.RunAsync($"export DOTNET_GCHeapHardLimit=0x8000000; ulimit -d 600000 && exec {train} --set limits.memory=16GiB");

        Assert.Equal(1, code);
        Assert.Equal(
            "xclassflow: failed: there is no memory left for stage shard[0]; see `xclassflow plan` for what a run needs; checkpoints are as they were", Assert.Single(error));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(folder, "c")));
    }
}

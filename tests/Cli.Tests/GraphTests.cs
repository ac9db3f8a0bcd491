// xclassflow graph, from the command line to the file.
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Cli.Tests;

public sealed class GraphTests : IDisposable
{
    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("graph", "Required command was not provided; see xclassflow graph --help")]
    [InlineData("graph build --out g", "neither --checkpoint nor --features: say which rows the graph is about; see xclassflow graph build --help")]
    [InlineData("graph build --out g --checkpoint c --features f", "--checkpoint and --features: give one of them; see xclassflow graph build --help")]
    [InlineData("graph build --checkpoint c", "Option '--out' is required; see xclassflow graph build --help")]
    [InlineData("graph build --checkpoint c --out g --method fast", "--method 'fast' is none of auto, exact, approximate; see xclassflow graph build --help")]
    [InlineData("graph build --checkpoint c --out g --memory lots", "--memory 'lots' is not a size, such as 4GiB; see xclassflow graph build --help")]
    [InlineData("graph recall --checkpoint c", "Required argument missing for command: 'recall'; see xclassflow graph recall --help")]
    public async Task AMistakeIsOneLine(string args, string message)
    {
        Assert.Equal(2, await cli.RunAsync(args.Split(' ')));
        Assert.StartsWith($"xclassflow: {message}", cli.Error, StringComparison.Ordinal);
        Assert.Single(cli.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("approximate")]
    public async Task AGraphOfFeaturesIsBuiltMeasuredAndShown(string method)
    {
        var (features, graph) = (Features(300), Path.Combine(cli.Folder, "graph.arrow"));
        Assert.Equal(0, await cli.RunAsync("graph", "build", "--features", features, "--k", "4", "--method", method, "--threads", "2", "--memory", "64MiB", "--out", graph));
        Assert.Contains($"{graph}: 300 classes, k 4, {method}, recall 1.0000, ", cli.Out, StringComparison.Ordinal);

        Assert.Equal(0, await cli.RunAsync("graph", "recall", graph, "--features", features, "--sample", "50"));
        Assert.Contains("recall@4 1.0000 on 50 classes (1.0000 when it was built)\n", cli.Out, StringComparison.Ordinal);

        // Points on an arc: the neighbours of 100 are 99 and 101, then 98 or 102.
        var names = cli.Write("names.tsv", "class\tname\n99\tcat\n101\tdog\n");
        Assert.Equal(0, await cli.RunAsync("graph", "inspect", graph, "100", "--features", features, "--names", names));
        Assert.Contains("0\t100\t1.0000\t\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\t99\t1.0000\tcat\n", cli.Out, StringComparison.Ordinal);
        Assert.Contains("\t101\t1.0000\tdog\n", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AGraphOfACheckpointIsRefreshed()
    {
        var checkpoint = Checkpointed(ElementType.Float32, 200);
        var (graph, fresh) = (Path.Combine(cli.Folder, "graph.arrow"), Path.Combine(cli.Folder, "fresh.arrow"));
        Assert.Equal(0, await cli.RunAsync("graph", "build", "--checkpoint", checkpoint, "--k", "3", "--out", graph));
        Assert.Equal(0, await cli.RunAsync("graph", "build", "--checkpoint", checkpoint, "--refresh", graph, "--out", fresh));
        Assert.Contains($"{fresh}: 200 classes, k 3, refreshed, recall 1.0000, ", cli.Out, StringComparison.Ordinal);
        using var stored = Data.Graphs.ClassGraphFile.Open(fresh);
        Assert.Equal((7L, "refreshed"), (stored.Info.Step, stored.Info.Method));
    }

    [Fact]
    public async Task AGraphOfOtherClassesIsAMistake()
    {
        var graph = Path.Combine(cli.Folder, "graph.arrow");
        Assert.Equal(0, await cli.RunAsync("graph", "build", "--features", Features(300), "--k", "4", "--out", graph));
        Assert.Equal(2, await cli.RunAsync("graph", "recall", graph, "--checkpoint", Checkpointed(ElementType.Float32, 200)));
        Assert.Contains("is a graph of 300 classes", cli.Error, StringComparison.Ordinal);
        Assert.Equal(2, await cli.RunAsync("graph", "inspect", graph, "300"));
        Assert.Contains("there is no class 300; use 0 to 299", cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadRowsAreAMistake()
    {
        var graph = Path.Combine(cli.Folder, "graph.arrow");
        Assert.Equal(2, await cli.RunAsync("graph", "build", "--features", Features(300, nan: 17), "--out", graph));
        Assert.Contains("the weights of class 17 are not finite", cli.Error, StringComparison.Ordinal);
        Assert.Equal(2, await cli.RunAsync("graph", "build", "--features", Features(300), "--k", "301", "--out", graph));
        Assert.Contains("k = 301 neighbours", cli.Error, StringComparison.Ordinal);
        Assert.Equal(2, await cli.RunAsync("graph", "build", "--features", Features(300), "--memory", "1KiB", "--out", graph));
        Assert.Contains("the bound is 0 MiB", cli.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(graph));
    }

    private string Features(int classes, int nan = -1)
    {
        var path = Path.Combine(cli.Folder, "features.arrow");
        using var writer = new ArrowDataSetWriter(path, SampleShape.Features(2), classes, SampleStorage.Features);
        for (var c = 0; c < classes; c++)
        {
            writer.WriteFeatures(c, [(float)Math.Cos(c / 400.0), c == nan ? float.NaN : (float)Math.Sin(c / 400.0)]);
        }

        writer.Complete();
        return path;
    }

    private string Checkpointed(ElementType type, int classes)
    {
        var directory = Path.Combine(cli.Folder, "checkpoints");
        using var writer = new CheckpointDirectory(directory, new CheckpointDirectory.Settings()).Begin(7);
        foreach (var shard in Enumerable.Range(0, 2).Select(s => HeadShard.Of(classes, 2, s, 2)).Index())
        {
            var values = Enumerable.Range((int)shard.Item.ClassStart, (int)shard.Item.NumLocal).SelectMany(c => new[] { (float)Math.Cos(c / 400.0), (float)Math.Sin(c / 400.0) }).ToArray();
            writer.AddTensors(
                HeadShard.FileName(shard.Index, 2), shard.Item.ToMetadata(), [TensorBlock.FromArray("weight", type, [shard.Item.NumLocal, 2], values)]);
        }

        writer.Commit(new CheckpointInfo { Configuration = "", Seed = 1 });
        return directory;
    }
}

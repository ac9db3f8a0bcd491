// Class graphs that are built beside training: used from a fixed step on, whatever the timing, the host, the shards or the cuts.
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class OverlappedRebuildTests : IDisposable
{
    // Graphs of steps 8, 16 and 24, used from 11, 19 and 27 on.
    private const string Overlapped = "active-classes={ rebuild = overlapped, rebuild-delay = 3, audit.every = 1 }";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-overlapped-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(1, "exact")]
    [InlineData(2, "approximate")]
    [InlineData(3, "exact")]
    public async Task Losses_do_not_depend_on_when_a_build_ends(int shards, string graph)
    {
        string[] sets = [Overlapped, $"layout.shards={shards}", $"active-classes.graph={graph}"];
        var inline = await TrainAsync(["host=inline", .. sets]);
        var actors = await TrainAsync(["host=actors", .. sets, "active-classes.rebuild-threads=2"]);
        Assert.Equal(inline.Losses, actors.Losses);
        Assert.Equal(inline.Eval, actors.Eval);

        // Updates count from 1: update 12 is the first that uses the graph of the rows after update 8.
        Assert.Equal(
            Enumerable.Range(1, 30).Select(u => (long?)(u - 1 < 11 ? 0 : (u - 1 - 3) / 8 * 8)), inline.Audits!.Select(a => a.GraphStep));
        Assert.All(inline.Audits!, a => Assert.NotNull(a.DriftMean));
        Assert.NotEqual((await TrainAsync(["host=inline", .. sets, "active-classes.rebuild=between"])).Losses, inline.Losses);
    }

    [Theory]
    [InlineData("exact")]
    [InlineData("approximate")]
    public async Task Without_a_delay_it_is_as_between(string graph)
    {
        string[] sets = [$"active-classes.graph={graph}"];
        var between = await TrainAsync(sets);
        var overlapped = await TrainAsync([.. sets, "active-classes={ rebuild = overlapped, rebuild-delay = 0 }"]);
        Assert.Equal(between.Losses, overlapped.Losses);
    }

    [Fact]
    public async Task Training_goes_on_while_the_graph_is_not_there()
    {
        string Stage(string name, string type, string at, int step) =>
            $"stages={{ {name} {{ type = \"XClassFlow.Cluster.Tests.Training.{type}, XClassFlow.Cluster.Tests\", at = \"{at}\", settings {{ name = \"{_folder.Name}\", step = {step} }} }} }}";

        var free = await TrainAsync([Overlapped, "layout.shards=1"]);
        var held = await TrainAsync([Overlapped, "layout.shards=1", "host=actors", Stage("held", nameof(HeldRows), "shard.rows", 16), Stage("release", nameof(ReleaseRows), "backbone.embeddings", 18)]);
        Assert.Equal(free.Losses, held.Losses);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(10, "active-classes.graph=approximate")]
    [InlineData(10, "layout.shards=1")]
    [InlineData(9, "active-classes.graph-start=8", "layout.shards=2")]
    [InlineData(11, "active-classes.graph-start=8", "layout.shards=2")]
    public async Task A_resumed_run_repeats_the_losses_of_the_uninterrupted_one(int cutAfter, params string[] more)
    {
        string[] sets = [Overlapped, $"schedule.checkpoint-every={cutAfter}", "schedule.keep-checkpoints=20", .. more];
        var whole = await TrainAsync(sets, Path.Combine(_folder.FullName, "whole"));
        var cut = Path.Combine(_folder.FullName, "cut");
        Rewritten.Copy(Path.Combine(_folder.FullName, "whole", $"step-{cutAfter:000000000}"), cut);
        var resumed = await TrainAsync(sets, cut, resume: true);
        Assert.Equal(whole.Losses!.Skip(cutAfter), resumed.Losses);
        Assert.Equal(whole.Eval, resumed.Eval);
        Assert.Equal(whole.Audits!.Skip(cutAfter).Select(a => (a.GraphStep, a.Recall)), resumed.Audits!.Select(a => (a.GraphStep, a.Recall)));
    }

    /// <summary>A checkpoint with a graph that waits, taken up by other shards.</summary>
    [Fact]
    public async Task Another_number_of_shards_goes_on_with_both_graphs()
    {
        string[] sets = [Overlapped, "schedule.checkpoint-every=9", "schedule.keep-checkpoints=20"];
        await TrainAsync(sets, Path.Combine(_folder.FullName, "whole"));
        var cut = Path.Combine(_folder.FullName, "cut");
        Rewritten.Copy(Path.Combine(_folder.FullName, "whole", "step-000000009"), cut);
        var resumed = await TrainAsync([.. sets, "layout.shards=2"], cut, resume: true);
        Assert.Equal([0L, 0, 8, 8], resumed.Audits!.Take(4).Select(a => a.GraphStep!.Value));
    }

    private static Task<RunReport> TrainAsync(string[] sets, string? checkpoints = null, bool resume = false) => new LocalRuns().TrainAsync(
        new TrainOptions(TinyConfiguration.With(sets), checkpoints, resume, ReportLosses: true), new StepObserver(), CancellationToken.None);
}

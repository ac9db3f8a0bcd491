// A recorded run replays without a difference, and what was changed is found at the stage that it changes.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Cluster.Tests.Configuration;
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Replay;

public sealed class ReplayTests : IDisposable
{
    private const string Mlp = "backbone { type = mlp, mlp { width = 12, hidden = [20], norm = none } }";

    private const string Inserted = """
        stages.scaled { type = "XClassFlow.Cluster.Tests.Replay.Scaled, XClassFlow.Cluster.Tests", at = "backbone.embeddings", settings { factor = 1.5 } }
        """;

    private readonly TempFolder _folder = new();
    private readonly Watcher _watcher = new();
    private int _files;

    private string Recording => Path.Combine(_folder.Root, "recording");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("inline", "backbone { type = identity }", 1)]
    [InlineData("inline", Mlp, 2)]
    [InlineData("actors", Mlp, 2)]
    public async Task EveryStageInstanceReplaysWithoutADifference(string host, string backbone, int replicas)
    {
        await TrainAsync($"host = {host}\nlayout.replicas = {replicas}\n{backbone}\n{Inserted}");
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        string[] stages = ["supervisor", "loader", "preprocess", "active", "backbone", "scaled", "shard", "exchange", "graph", "evaluator"];
        Assert.All(stages, s => Assert.Contains(outcome.Lines, l => l.StartsWith($"{s}[0]: ", StringComparison.Ordinal)));
        Assert.All(outcome.Lines, l => Assert.Contains("no difference", l, StringComparison.Ordinal));
        Assert.All(outcome.Lines, l => Assert.DoesNotContain(": 0 messages", l, StringComparison.Ordinal));
        Assert.DoesNotContain(_watcher.Notes, outcome.Lines.Contains); // the command prints the lines, once
    }

    /// <summary>A recording is replayed elsewhere: the folder of the recorded run's trace need not be there.</summary>
    [Fact]
    public async Task ARunWithATimelineReplaysWithoutItsFolder()
    {
        var traces = Directory.CreateDirectory(Path.Combine(_folder.Root, "traces"));
        await TrainAsync($"{Mlp}\ntimeline {{ file = \"{Path.Combine(traces.FullName, "t.json")}\", steps = 2 }}");
        Assert.True(File.Exists(Path.Combine(traces.FullName, "t.json")));
        traces.Delete(recursive: true);
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
    }

    /// <summary>The policy decides from recorded reports what it decided in the run: batches that grow with the noise, a step that was left out.</summary>
    [Fact]
    public async Task ContinuousConvergenceReplays()
    {
        const string Fccs = "schedule.updates = 60\nconvergence { type = fccs, fccs { noise-share = 8 } }\nguard.recovery = 10";
        const string Bad = """stages.spoiled { type = "XClassFlow.Cluster.Tests.Training.Spoiled, XClassFlow.Cluster.Tests", at = "backbone.embeddings", settings { from = 5, to = 5 } }""";
        await TrainAsync($"{Mlp}\nlayout.replicas = 2\n{Fccs}\n{Bad}");
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.Contains("supervisor[0]", Names(outcome));
    }

    /// <summary>The trial of whole and sparse steps was decided by measured times; the replayed supervisor finds them in the reports and decides alike.</summary>
    [Fact]
    public async Task SparseGradientsAndTheTrialOfAutoReplay()
    {
        var checkpoints = Path.Combine(_folder.Root, "checkpoints");
        const string Sparse = $"{Mlp}\nlayout.replicas = 2\nsparsifier {{ type = top-k, ratio = 0.05, warm-up = [], auto = on, dense-below = 8 }}";
        var report = await TrainAsync($"{Sparse}\nschedule.updates = 120", checkpoints);
        Assert.NotEmpty(report.Gradients!.Trials!);
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.Contains("sparsifier[1]", Names(outcome));

        var second = Path.Combine(_folder.Root, "second");
        await TrainAsync($"{Sparse}\nschedule.updates = 140", checkpoints, resume: true, second);
        Assert.True((outcome = await ReplayAsync(second)).Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.Contains("sparsifier[1]", Names(outcome));
    }

    /// <summary>Measured times chose the number of micro-batches; the replayed supervisor finds them in the reports.</summary>
    [Theory]
    [InlineData("inline")]
    [InlineData("actors")]
    public async Task TheTrialOfMicroBatchesReplays(string host)
    {
        const string Groups = "backbone { type = mlp, mlp { width = 12, hidden = [16], norm = group, embedding-norm = none, groups = 4 } }";
        var report = await TrainAsync($"host = {host}\n{Groups}\nlayout.replicas = 2\nschedule {{ updates = 90, batch = 64, micro-batches = 0, evaluate-every = 1 }}");
        Assert.Equal([1, 2, 4], Assert.Single(report.MicroBatches!).Tried);
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.Contains("supervisor[0]", Names(outcome));
    }

    /// <summary>Every audit finds less recall than the floor, which a graph only has when it is new.</summary>
    [Theory]
    [InlineData("inline")]
    [InlineData("actors")]
    [InlineData("inline", "rebuild = overlapped, rebuild-delay = 2,")]
    [InlineData("actors", "rebuild = overlapped, rebuild-delay = 2,")]
    public async Task AuditsAndTheRebuildsThatFollowFromThemReplay(string host, string more = "")
    {
        var report = await TrainAsync(
            $"host = {host}\n{Mlp}\nschedule.updates = 20\nactive-classes {{ {more} rebuild-every = 0, rebuild-below = 0.9999, graph = exact, audit {{ every = 3, classes = 64 }} }}");
        Assert.NotEmpty(report.ActiveClasses!.RebuiltForRecall!);
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.Contains("auditor[0]", Names(outcome));
        Assert.All(outcome.Lines, l => Assert.DoesNotContain(": 0 messages", l, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AChangedConstantOfTheHeadIsFoundThereAndNowhereElse()
    {
        await TrainAsync(Mlp);
        var outcome = await ReplayAsync(Rewrite("head.scale=16.16"));
        Assert.False(outcome.Same);
        var differing = outcome.Lines.Where(l => l.Contains("differs", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["shard[0]", "shard[1]"], differing.Select(l => l.Split(':')[0]));
        Assert.All(differing, l => Assert.Matches(@"differs at shard\.statistics step 0 micro-batch 0: Statistics differs by at most [0-9.e-]+ \(largest value [0-9.]+, relative [0-9.e-]+\)", l));
    }

    [Fact]
    public async Task AChangedConstantOfAnInsertedStageIsFoundThereAndNowhereElse()
    {
        await TrainAsync($"{Mlp}\n{Inserted}");
        var outcome = await ReplayAsync(Rewrite("stages.scaled.settings.factor=1.515"));
        var line = Assert.Single(outcome.Lines, l => l.Contains("differs", StringComparison.Ordinal));
        Assert.StartsWith("scaled[0]: differs at scaled.out step 0 micro-batch 0: Embeddings differs by at most ", line, StringComparison.Ordinal);
        Assert.Contains("relative 0.01)", line, StringComparison.Ordinal);
        Assert.True((await ReplayAsync(Rewrite("stages.scaled.settings.factor=1.515"), "scaled", tolerance: 0.011)).Same);
    }

    [Fact]
    public async Task OneStageAndOneRankCanBeReplayed()
    {
        await TrainAsync(Mlp);
        Assert.Equal(["shard[0]", "shard[1]"], Names(await ReplayAsync(Recording, "shard")));
        Assert.Equal(["shard[1]"], Names(await ReplayAsync(Recording, "shard", 1)));
        Assert.Equal(["active[1]", "shard[1]", "graph[1]"], Names(await ReplayAsync(Recording, null, 1)));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => ReplayAsync(Recording, "head"));
        Assert.Contains("shard[0]", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<UserErrorException>(() => ReplayAsync(Recording, "shard", 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    public async Task ARecordingOfTheFirstStepsReplays(int updates)
    {
        await TrainAsync($"{Mlp}\nrecording.updates = {updates}");
        Assert.Equal(updates, RecordingReader.Open(Recording).Messages("supervisor.plans").Max(m => m.Step) + 1);
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.False((await ReplayAsync(Rewrite("head.scale=16.16"), "shard")).Same);
    }

    [Theory]
    [InlineData("inline")]
    [InlineData("actors")]
    public async Task ARecordingOfAFailedRunShowsWhichStageFails(string host)
    {
        var fault = await Assert.ThrowsAsync<StageException>(() => TrainAsync(
            $"host = {host}\n{Mlp}\n{Inserted}\nstages.scaled.settings.fail-at = 6"));
        Assert.Equal("scaled", fault.Stage.Group);
        Assert.False(RecordingReader.Open(Recording).Complete);
        var outcome = await ReplayAsync(Recording);
        var line = Assert.Single(outcome.Lines, l => !l.Contains("no difference", StringComparison.Ordinal));
        Assert.Contains("stage scaled[0] failed in inlet 'in' (from backbone.embeddings) (step 6, micro-batch 0): as the settings want", line, StringComparison.Ordinal);
        Assert.True((await ReplayAsync(Recording, "shard")).Same);
    }

    [Theory]
    [InlineData("inline", 0, true, 0)]
    [InlineData("inline", 1, true, 0)]
    [InlineData("actors", 5, true, 0)]
    [InlineData("inline", 5, false, 0)]
    [InlineData("inline", 5, true, 20)]
    [InlineData("inline", 5, true, 3)]
    public async Task AnInterruptedRunReplays(string host, int at, bool checkpoints, int recorded)
    {
        using var stop = new CancellationTokenSource();
        if (at == 0)
        {
            await stop.CancelAsync();
        }

        _watcher.OnStep = s => CancelAt(s, at, stop);
        var report = await TrainAsync(
            $"host = {host}\n{Mlp}\nschedule.updates = 500\nrecording.updates = {recorded}", checkpoints ? Path.Combine(_folder.Root, "stopped") : null, stop: stop.Token);
        Assert.Equal(RunOutcome.Interrupted, report.Outcome);
        Assert.InRange(report.Updates, Math.Max(at, 1), at + 4);

        var outcome = await ReplayAsync(Recording);

        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.All(outcome.Lines.Where(l => !l.Contains("left out", StringComparison.Ordinal)), l => Assert.Contains("no difference", l, StringComparison.Ordinal));
        Assert.Contains(outcome.Lines, l => l.StartsWith("supervisor[0]: ", StringComparison.Ordinal) && !l.Contains(": 0 messages", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnIncompleteSetOfEdgesReplaysWhatItCan()
    {
        await TrainAsync($$"""{{Mlp}}{{Environment.NewLine}}recording.edges = ["loader.samples", "preprocess.inputs", "backbone.embeddings"]""");
        Assert.Equal(["preprocess[0]"], Names(await ReplayAsync(Recording)));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => ReplayAsync(Recording, "backbone"));
        Assert.Contains("recorded with all their inputs are: preprocess[0]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunWithCheckpointsReplaysAndSoDoesOneThatGoesOn()
    {
        var checkpoints = Path.Combine(_folder.Root, "checkpoints");
        await TrainAsync($"{Mlp}\nschedule.checkpoint-every = 6", checkpoints);
        var outcome = await ReplayAsync(Recording);
        Assert.True(outcome.Same, string.Join(Environment.NewLine, outcome.Lines));
        Assert.Contains("backbone[0]", Names(outcome));
        Assert.Contains("checkpoint[0]: left out, it writes files", outcome.Lines);

        var second = Path.Combine(_folder.Root, "second");
        await TrainAsync($"{Mlp}\nschedule.updates = 16", checkpoints, resume: true, second);
        Assert.True((outcome = await ReplayAsync(second)).Same, string.Join(Environment.NewLine, outcome.Lines));

        // The checkpoint remembers that its run was recorded; an evaluation of it is not.
        var report = await new LocalRuns().EvaluateAsync(new EvaluateOptions(checkpoints, HeldOut()), _watcher, default);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
    }

    [Fact]
    public async Task StagesThatNeedTheEndOfACheckpointAreNotReplayedWithoutItsEdge()
    {
        await TrainAsync(
            $$"""{{Mlp}}{{Environment.NewLine}}recording.edges = ["preprocess.inputs", "backbone.embeddings", "shard.embedding_gradients", "exchange.reduced", "exchange.parts", "exchange.sums", "backbone.segment_gradients"]""",
            Path.Combine(_folder.Root, "checkpoints"));
        Assert.Equal(["exchange[0]"], Names(await ReplayAsync(Recording)));
    }

    private static string[] Names(ReplayOutcome outcome) => [.. outcome.Lines.Select(l => l.Split(':')[0])];

    private static void CancelAt(StepProgress step, int at, CancellationTokenSource stop)
    {
        if (step.Step == at)
        {
            stop.Cancel();
        }
    }

    private async Task<RunReport> TrainAsync(string more, string? checkpoints = null, bool resume = false, string? recording = null, CancellationToken stop = default)
    {
        var file = Path.Combine(_folder.Root, $"run{_files++}.conf");
        await File.WriteAllTextAsync(file, $$"""
            xclassflow {
              host = inline
              torch.threads = 1
              data {
                train { type = generated-features, generated-features { classes = 60, width = 12, samples-per-class = 4 } }
                test { type = generated-features, generated-features { classes = 60, width = 12, samples-per-class = 1, split = test } }
                preprocess.workers = 2
              }
              layout { shards = 2 }
              schedule { updates = 12, batch = 16, micro-batches = 2, evaluate-every = 2, evaluation-batch = 25 }
              active-classes { mode = knn, budget = 30, neighbours = 4, rebuild-every = 5 }
              recording.directory = "{{recording ?? Recording}}"
              {{more}}
            }
            """, CancellationToken.None);
        var configuration = HoconLoader.Load(file, []);
        return await new LocalRuns().TrainAsync(new TrainOptions(configuration, checkpoints, resume, ReportLosses: false), _watcher, stop);
    }

    private Task<ReplayOutcome> ReplayAsync(string recording, string? stage = null, int? rank = null, double tolerance = 0)
        => new LocalRuns().ReplayAsync(new ReplayOptions(recording, stage, rank, tolerance), _watcher, default);

    /// <summary>The same recording with another configuration in its header.</summary>
    private string Rewrite(string set)
    {
        var reader = RecordingReader.Open(Recording);
        var path = Path.Combine(_folder.Root, $"rewritten{_files++}");
        var header = reader.Header with { Configuration = HoconLoader.LoadText(reader.Header.Configuration, "recorded", [set]).ToHocon() };
        using var writer = new RecordingWriter(path, header, [.. reader.Edges.Select(e => e.Name)]);
        foreach (var edge in reader.Edges)
        {
            foreach (var message in reader.Messages(edge.Name))
            {
                writer.Write(edge.Name, message);
            }
        }

        return path;
    }

    private string HeldOut()
    {
        var path = Path.Combine(_folder.Root, "held-out.arrow");
        using var writer = new ArrowDataSetWriter(path, SampleShape.Features(12), 60, SampleStorage.Features);
        for (var label = 0; label < 60; label++)
        {
            writer.WriteFeatures(label, Enumerable.Repeat((float)label, 12).ToArray());
        }

        writer.Complete();
        return path;
    }

    private sealed class Watcher : IRunObserver
    {
        public List<string> Notes { get; } = [];

        public Action<StepProgress>? OnStep { get; set; }

        public void Started(RunStarted started)
        {
        }

        public void Step(StepProgress step) => OnStep?.Invoke(step);

        public void Evaluated(EvaluationResult result)
        {
        }

        public void Note(string line) => Notes.Add(line);
    }
}

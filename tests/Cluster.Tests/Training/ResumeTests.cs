// A resumed run goes on with the same losses, bit by bit, also after it was interrupted.
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-resume-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("all")]
    [InlineData("mix")]
    [InlineData("mix", "active-classes.graph-start=13")]
    [InlineData("mix", "active-classes.graph-start=3")]
    [InlineData("mix", "layout.shards=1")]
    [InlineData("mix", "active-classes.group=4")]
    [InlineData("mix", "active-classes.anneal={ budget = 30, neighbour-share = 0.9, until = 0.8 }")]
    [InlineData("mix", "head.weights.storage=mapped")]
    [InlineData("mix", "head.weights.type=bf16", "head.weights.storage=mapped")]
    [InlineData("all", "head.weights.type=bf16", "head.update.momentum=0")]
    [InlineData("mix", "head.weights.type=bf16", "head.update.weight-decay=0.0001")]
    [InlineData("mix", "head.update.optimizer=adagrad", "head.weights.storage=mapped")]
    [InlineData("mix", "head.weights.type=bf16", "head.update.optimizer=adagrad", "head.update.weight-decay=0.0001", "head.weights.storage=mapped")]
    [InlineData("mix", "optimizer.type=lars", "layout.replicas=2")]
    [InlineData("mix", "optimizer.type=lars", "head.update.optimizer=lars", "head.weights.storage=mapped")]
    [InlineData("mix", "optimizer.type=adamw", "convergence={ type = constant, constant { rates { backbone = 0.003, head = 1 } } }")]
    [InlineData("mix", "optimizer.type=lamb", "convergence={ type = step-decay, step-decay { rates { backbone = 0.02, head = 1 } } }", "layout.replicas=2")]
    [InlineData("all", "convergence={ type = fccs, fccs { noise-share = 8, largest-batch = 2 } }", "optimizer.type=lamb")]
    [InlineData("mix", "convergence={ type = fccs, fccs { noise-share = 8, largest-batch = 2 } }", "optimizer.type=adamw", "layout.replicas=3")]
    [InlineData("mix", "guard.enabled=off")]
    public async Task A_resumed_run_repeats_the_losses_of_the_uninterrupted_one(string mode, params string[] head)
    {
        string[] sets = [$"active-classes.mode={mode}", "schedule.checkpoint-every=11", .. head];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", "step-000000011"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.NotEmpty(resumed.Losses!);
        Assert.Equal(whole.Losses!.Skip(11), resumed.Losses);
        Assert.Equal(whole.Eval, resumed.Eval);
    }

    /// <summary>The checkpoint holds the class graph, not the rows it was built from: drift is unknown until the next graph, before step 16; all else is as in the uninterrupted run.</summary>
    [Fact]
    public async Task A_resumed_run_repeats_the_audits_of_the_uninterrupted_one()
    {
        string[] sets = ["schedule.checkpoint-every=11", "active-classes.audit.every=3"];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", "step-000000011"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.Equal([3, 6, 9, 12, 15, 18, 21, 24, 27, 30], whole.Audits!.Select(a => a.Step));
        Assert.All(whole.Audits!, a => Assert.NotNull(a.DriftMean));
        Assert.Equal(whole.Losses!.Skip(11), resumed.Losses);
        Assert.Equal(whole.Audits!.Skip(3).Select(a => a.Step <= 16 ? a with { DriftMean = null, DriftLargest = null } : a), resumed.Audits);
    }

    /// <summary>Cut before the first audit, between it and the graph that follows from it three updates later, when that is built, and later.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(13)]
    public async Task A_resumed_run_rebuilds_for_recall_as_the_uninterrupted_one(int cutAfter)
    {
        string[] sets = [
            $"schedule.checkpoint-every={cutAfter}", "schedule.keep-checkpoints=20", "convergence.warmup-cosine.rates.head=2",
            "active-classes={ rebuild-every = 0, rebuild-below = 0.94, audit { every = 3, classes = 100 } }"];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        var rebuilt = whole.ActiveClasses!.RebuiltForRecall!;
        Assert.Equal([6, 12, 18, 24], rebuilt);
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", $"step-{cutAfter:000000000}"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.Equal(whole.Losses!.Skip(cutAfter), resumed.Losses);
        Assert.Equal(rebuilt.Where(step => step > cutAfter), resumed.ActiveClasses!.RebuiltForRecall!);
        Assert.Equal(whole.Audits!.Where(a => a.Step > cutAfter).Select(a => (a.Step, a.GraphStep, a.Recall, a.ExactLoss)), resumed.Audits!.Select(a => (a.Step, a.GraphStep, a.Recall, a.ExactLoss)));
    }

    /// <summary>What a rank has not sent yet and its momentum are part of the checkpoint. An epoch has 100 steps: after 105 the warm-up is over.</summary>
    [Theory]
    [InlineData(1, 11)]
    [InlineData(2, 11)]
    [InlineData(2, 105)]
    public async Task A_resumed_run_goes_on_with_what_was_not_sent_yet(int replicas, int cutAfter)
    {
        string[] sets = [
            $"layout.replicas={replicas}", "schedule.updates=120", $"schedule.checkpoint-every={cutAfter}", "schedule.keep-checkpoints=20",
            "sparsifier={ type = top-k, ratio = 0.01, warm-up = [0.3], dense-below = 16 }"];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", $"step-{cutAfter:000000000}"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.Equal(whole.Losses!.Skip(cutAfter), resumed.Losses);
        Assert.Equal(whole.Eval, resumed.Eval);
        Assert.Equal(120, whole.Gradients!.SparseUpdates);
        Assert.Equal((0.3 * 101 + 0.01 * 19) / 120, whole.Gradients.MeanRatio, 12);
        var dense = await TrainAsync(Path.Combine(_folder.FullName, "dense"), resume: false, [.. sets, "sparsifier.type=none"]);
        Assert.NotEqual(dense.Losses, whole.Losses);
    }

    /// <summary>The trial is over before the checkpoint; the run that goes on has no other, though it is long enough for one.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_resumed_run_goes_on_with_the_number_of_micro_batches_that_was_chosen(int replicas)
    {
        string[] sets = [
            $"layout.replicas={replicas}", "schedule={ micro-batches = 0, batch = 64, updates = 200, checkpoint-every = 90 }",
            "backbone={ type = mlp, mlp { width = 16, hidden = [32], norm = group, embedding-norm = group } }"];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        var choice = Assert.Single(whole.MicroBatches!);
        Assert.Equal(replicas == 1 ? [1, 2, 4, 8] : [1, 2, 4], choice.Tried);
        Assert.All(choice.StepMs, ms => Assert.True(ms > 0));
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", "step-000000090"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.Empty(resumed.MicroBatches!);
        Assert.Equal(whole.Losses!.Skip(90), resumed.Losses);
        Assert.All(resumed.Convergence!.Decisions, d => Assert.Equal(choice.Chosen, d.MicroBatches));
    }

    /// <summary>With batch norm their number is part of the result.</summary>
    [Fact]
    public async Task With_batch_norm_the_number_of_micro_batches_stays_1()
    {
        var chosen = await TrainAsync(Path.Combine(_folder.FullName, "chosen"), resume: false, ["schedule.micro-batches=0", "schedule.batch=64", "schedule.updates=80"]);
        var one = await TrainAsync(Path.Combine(_folder.FullName, "one"), resume: false, ["schedule.micro-batches=1", "schedule.batch=64", "schedule.updates=80"]);
        Assert.Null(chosen.MicroBatches);
        Assert.Equal(one.Losses, chosen.Losses);
    }

    [Fact]
    public async Task A_checkpoint_with_unsent_gradients_goes_on_with_another_number_of_ranks_and_not_without_them()
    {
        var folder = Path.Combine(_folder.FullName, "ranks");
        string[] Sets(int updates, int replicas) => [
            $"schedule.updates={updates}", $"layout.replicas={replicas}", "sparsifier={ type = top-k, ratio = 0.01, warm-up = [], dense-below = 16 }"];
        await TrainAsync(folder, resume: false, Sets(8, 3));
        Assert.Equal(4, (await TrainAsync(folder, resume: true, Sets(12, 2))).Updates);
        Assert.Equal(4, (await TrainAsync(folder, resume: true, Sets(16, 4))).Updates);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(folder, resume: true, [.. Sets(20, 2), "sparsifier.type=none"]));
        Assert.Contains("holds gradients that were not sent yet", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(16)]
    public async Task The_approximate_graph_is_followed_as_in_the_uninterrupted_run(int cutAfter)
    {
        // Rebuilt after 8, 16 and 24 steps: refreshed from the graph before, which the resumed run must find again. After 16 the checkpoint's graph is the one that is due.
        string[] sets = ["active-classes.graph=approximate", "active-classes.graph-recall=0.5", $"schedule.checkpoint-every={cutAfter}"];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", $"step-{cutAfter:000000000}"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.Equal(whole.Losses!.Skip(cutAfter), resumed.Losses);
        Assert.InRange(whole.Graph!.Recall!.Value, 0.5, 1);
        Assert.Equal(whole.Graph.Recall, resumed.Graph!.Recall);
    }

    [Fact]
    public async Task An_interrupted_run_writes_a_checkpoint_and_can_be_resumed()
    {
        var checkpoints = Path.Combine(_folder.FullName, "interrupted");
        using var stop = new CancellationTokenSource();
        var first = await new LocalRuns().TrainAsync(
            new TrainOptions(TinyConfiguration.With("schedule.updates=5000"), checkpoints, Resume: false, ReportLosses: true),
            new StepObserver(s => CancelAt(s, 7, stop)),
            stop.Token);
        Assert.Equal(RunOutcome.Interrupted, first.Outcome);
        Assert.InRange(first.Updates, 7, 12);
        var resumed = await TrainAsync(checkpoints, resume: true, [$"schedule.updates={first.Updates + 4}"]);
        Assert.Equal(RunOutcome.Completed, resumed.Outcome);
        Assert.Equal(4, resumed.Updates);
    }

    /// <summary>The evaluation comes after the checkpoint: a run that was lost in between has not made it.</summary>
    [Fact]
    public async Task A_resumed_run_makes_the_evaluation_that_was_due_after_the_checkpoints_step()
    {
        string[] sets = ["schedule.checkpoint-every=11", "schedule.evaluate-every=0.11", "schedule.keep-checkpoints=20"];
        var whole = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: false, sets);
        Assert.Equal([11, 22, 30], whole.Evaluations.Select(e => e.Step));
        var cut = Path.Combine(_folder.FullName, "cut");
        CopyCheckpoint(Path.Combine(_folder.FullName, "whole", "step-000000011"), cut);
        var resumed = await TrainAsync(cut, resume: true, sets);
        Assert.Equal(whole.Losses!.Skip(11), resumed.Losses);
        Assert.Equal(whole.Evaluations.Select(e => (e.Step, e.Top1, e.Top5)), resumed.Evaluations.Select(e => (e.Step, e.Top1, e.Top5)));

        // None is due after the last step but the one that ends the run.
        var longer = await TrainAsync(Path.Combine(_folder.FullName, "whole"), resume: true, [.. sets, "schedule.updates=32"]);
        Assert.Equal([32], longer.Evaluations.Select(e => e.Step));
    }

    [Fact]
    public async Task An_interrupted_run_makes_the_evaluation_that_was_due_when_it_goes_on()
    {
        var checkpoints = Path.Combine(_folder.FullName, "interrupted");
        string[] sets = ["schedule.evaluate-every=0.01", "schedule.updates=5000"];
        using var stop = new CancellationTokenSource();
        var first = await new LocalRuns().TrainAsync(
            new TrainOptions(TinyConfiguration.With(sets), checkpoints, Resume: false, ReportLosses: true),
            new StepObserver(s => CancelAt(s, 7, stop)),
            stop.Token);
        Assert.DoesNotContain(first.Updates, first.Evaluations.Select(e => e.Step));
        var resumed = await TrainAsync(checkpoints, resume: true, [.. sets, $"schedule.updates={first.Updates + 2}"]);
        Assert.Equal([first.Updates, first.Updates + 1, first.Updates + 2], resumed.Evaluations.Select(e => e.Step));
    }

    /// <summary>Rows that were not active have yet to make the steps that they missed, as the run made them that wrote the checkpoint.</summary>
    [Theory]
    [InlineData("head.update.momentum=0.9", "head.update.momentum=0.8")]
    [InlineData("head.update.weight-decay=0.001", "head.update.weight-decay=0.01")]
    [InlineData("head.update={ momentum = 0, weight-decay = 0.001 }", "head.update={ momentum = 0, weight-decay = 0 }")]
    public async Task Another_momentum_or_decay_is_refused_while_rows_have_missed_steps(string before, string after)
    {
        var folder = Path.Combine(_folder.FullName, "missed");
        await TrainAsync(folder, resume: false, ["schedule.updates=2", before]);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(folder, resume: true, ["schedule.updates=4", after]));
        Assert.Contains("head.update.weight-decay", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(2, (await TrainAsync(folder, resume: true, ["schedule.updates=4", before])).Updates);
    }

    [Fact]
    public async Task Another_momentum_or_decay_may_follow_where_no_row_has_missed_a_step()
    {
        var folder = Path.Combine(_folder.FullName, "all");
        await TrainAsync(folder, resume: false, ["schedule.updates=2", "active-classes.mode=all"]);
        Assert.Equal(2, (await TrainAsync(folder, resume: true, ["schedule.updates=4", "head.update={ momentum = 0.5, weight-decay = 0.001 }"])).Updates);
    }

    [Theory]
    [InlineData("ram")]
    [InlineData("mapped")]
    public async Task A_checkpoint_of_three_shards_goes_on_with_two(string storage)
    {
        var folder = Path.Combine(_folder.FullName, "resharded");
        var whole = await TrainAsync(folder, resume: false, ["schedule.updates=10"]);
        var resumed = await TrainAsync(folder, resume: true, ["schedule.updates=14", "layout.shards=2", $"head.weights.storage={storage}"]);
        Assert.Equal(4, resumed.Updates);
        Assert.True(resumed.TrainLoss < whole.Losses![0]);
    }

    [Theory]
    [InlineData("fp32", "bf16")]
    [InlineData("bf16", "fp32")]
    public async Task Weights_of_one_type_go_on_in_the_other(string before, string after)
    {
        var folder = Path.Combine(_folder.FullName, "converted");
        var whole = await TrainAsync(folder, resume: false, ["schedule.updates=10", $"head.weights.type={before}"]);
        var resumed = await TrainAsync(folder, resume: true, ["schedule.updates=14", $"head.weights.type={after}", "head.weights.storage=mapped"]);
        Assert.Equal(4, resumed.Updates);
        Assert.True(resumed.TrainLoss < whole.Losses![0]);
        using var reader = SafetensorsReader.Open(Path.Combine(folder, "step-000000014", "head-00000-of-00003.safetensors"));
        Assert.Equal(after == "bf16" ? ElementType.BFloat16 : ElementType.Float32, reader.Entry("weight").ElementType);
    }

    [Theory]
    [InlineData("momentum of class weights, which", "head.update.momentum=0.9", "head.update.momentum=0")]
    [InlineData("no momentum", "head.update.momentum=0", "head.update.momentum=0.9")]
    [InlineData("AdaGrad", "head.update.optimizer=adagrad", "head.update.momentum=0")]
    [InlineData("no AdaGrad", "head.update.momentum=0", "head.update.optimizer=adagrad")]
    public async Task State_of_another_optimizer_is_a_users_error(string message, string before, string after)
    {
        var folder = Path.Combine(_folder.FullName, "optimizer");
        await TrainAsync(folder, resume: false, ["schedule.updates=2", before]);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(folder, resume: true, ["schedule.updates=4", after]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("head.update.optimizer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mapped_rows_lie_in_the_checkpoints_file_and_never_change_it()
    {
        var folder = Path.Combine(_folder.FullName, "mapped");
        await TrainAsync(folder, resume: false, ["schedule.updates=2"]);
        using (var saved = SavedRun.Open(folder))
        {
            var mapped = saved.Head(new ClassPartition(403, 3), 1, 16, new RowUpdate(), new WeightSettings(Storage: WeightStorage.Mapped));
            var copied = saved.Head(new ClassPartition(403, 3), 1, 16, new RowUpdate(), new WeightSettings());
            Assert.Equal(copied.Weight.data<float>().ToArray(), mapped.Weight.data<float>().ToArray());
            if (OperatingSystem.IsLinux())
            {
                Assert.Equal(3, (await File.ReadAllLinesAsync("/proc/self/maps")).Count(l => l.Contains("-p", StringComparison.Ordinal) && l.EndsWith("step-000000002/head-00001-of-00003.safetensors", StringComparison.Ordinal)));
            }

            foreach (var tensor in new[] { mapped.Weight, mapped.Momentum!, mapped.LastSteps!, copied.Weight, copied.Momentum!, copied.LastSteps! })
            {
                tensor.zero_();
                tensor.Dispose();
            }
        }

        // All checksums again.
        SavedRun.Open(folder).Dispose();
    }

    [Fact]
    public async Task Nothing_is_kept_for_rows_that_need_nothing()
    {
        var folder = Path.Combine(_folder.FullName, "plain");
        await TrainAsync(folder, resume: false, ["schedule.updates=2", "head.update.momentum=0"]);
        using var reader = SafetensorsReader.Open(Path.Combine(folder, "step-000000002", "head-00000-of-00003.safetensors"));
        Assert.Equal(["weight"], reader.Entries.Keys);
    }

    [Fact]
    public async Task A_checkpoint_of_another_width_is_a_users_error()
    {
        var folder = Path.Combine(_folder.FullName, "width");
        await TrainAsync(folder, resume: false, ["schedule.updates=2"]);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(folder, resume: true, ["backbone={ type = mlp, mlp { width = 24, hidden = [32] } }"]));
        Assert.Contains("of width 24", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_run_does_not_overwrite_the_checkpoints_of_another()
    {
        var folder = Path.Combine(_folder.FullName, "taken");
        await TrainAsync(folder, resume: false, ["schedule.updates=2"]);
        await Assert.ThrowsAsync<UserErrorException>(() => TrainAsync(folder, resume: false, []));
    }

    private static void CancelAt(StepProgress step, long at, CancellationTokenSource stop)
    {
        if (step.Step == at)
        {
            stop.Cancel();
        }
    }

    private static Task<RunReport> TrainAsync(string checkpoints, bool resume, string[] sets) => new LocalRuns().TrainAsync(
        new TrainOptions(TinyConfiguration.With(sets), checkpoints, resume, ReportLosses: true), new StepObserver(), CancellationToken.None);

    private static void CopyCheckpoint(string from, string to)
    {
        var target = Directory.CreateDirectory(Path.Combine(to, Path.GetFileName(from)));
        foreach (var file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(target.FullName, Path.GetFileName(file)));
        }
    }
}

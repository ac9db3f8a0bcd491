// Runs with bad data or bad settings recover, or stop with a clear reason and a good checkpoint.
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class GuardedRunTests : IDisposable
{
    private static readonly string[] Fast = ["active-classes.mode=all", "convergence={ type = constant, constant { rates { backbone = 3, head = 30 } } }"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-guard-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("inline", "all", 1)]
    [InlineData("actors", "mix", 2)]
    public async Task A_few_steps_of_NaN_are_left_out_and_cost_little(string host, string mode, int replicas)
    {
        string[] sets = [$"host={host}", $"active-classes.mode={mode}", $"layout.replicas={replicas}", "schedule.updates=300", "guard.recovery=20"];
        var clean = await TrainAsync(sets);
        var spoiled = await TrainAsync([.. sets, Stage(nameof(Spoiled), "backbone.embeddings", "from = 100, to = 102")]);
        Assert.Equal(RunOutcome.Completed, spoiled.Outcome);
        Assert.Equal(0, clean.Convergence!.LeftOut);
        Assert.Equal(3, spoiled.Convergence!.LeftOut);
        Assert.Equal(clean.Losses!.Take(100), spoiled.Losses!.Take(100));
        Assert.All(spoiled.Losses!.Skip(100).Take(3), l => Assert.True(double.IsNaN(l)));
        Assert.All(spoiled.Losses!.Skip(103), l => Assert.True(double.IsFinite(l)));
        Assert.Contains(spoiled.Convergence.Decisions, d => d.Why.Contains("left out", StringComparison.Ordinal));
        Assert.InRange(spoiled.Eval!.Top1, clean.Eval!.Top1 - 0.05, 1);
    }

    [Fact]
    public async Task NaN_without_end_stops_the_run_and_names_the_last_good_checkpoint()
    {
        var checkpoints = Path.Combine(_folder.FullName, "forever");
        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync(
            ["schedule.updates=500", "schedule.checkpoint-every=10", "guard.left-out=20", "guard.returns=1", Stage(nameof(Spoiled), "backbone.embeddings", "from = 25, to = 100000")], checkpoints));
        var failure = Causes(error).OfType<RunFailureException>().Single();
        Assert.Matches("^before step 4[5-9]: 2[0-9] steps in a row were left out, a step with loss NaN was left out; look at the samples.*; the last good checkpoint is .*step-000000020$", failure.Message);
        Assert.True(Directory.Exists(Path.Combine(checkpoints, "step-000000020")));
        var resumed = await TrainAsync(["schedule.updates=60"], checkpoints, resume: true);
        Assert.Equal(40, resumed.Updates);
        Assert.Equal(0, resumed.Convergence!.LeftOut);
        Assert.True(resumed.TrainLoss < resumed.Losses![0]);
    }

    /// <summary>The second attempt finds other data than the first, as where a disk or a device had a bad hour.</summary>
    [Theory]
    [InlineData("inline")]
    [InlineData("actors")]
    public async Task After_repeated_trouble_the_run_goes_on_from_its_last_good_checkpoint_with_lower_rates(string host)
    {
        string[] sets = [$"host={host}", "schedule.updates=120", "schedule.checkpoint-every=10", "guard.left-out=20", "guard.recovery=20"];
        var checkpoints = Path.Combine(_folder.FullName, "once");
        var report = await TrainAsync([.. sets, Stage(nameof(Spoiled), "backbone.embeddings", $"from = 25, to = 100000, once-as = \"{_folder.Name}\"")], checkpoints);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
        var back = Assert.Single(report.Convergence!.Returns);
        Assert.Equal(20, back.ToStep);
        Assert.InRange(back.Step, 45, 50);
        Assert.Matches("2[0-9] steps in a row were left out", back.Why);
        Assert.Equal(120, report.Updates);
        Assert.Equal(120, report.Losses!.Count);
        Assert.Equal(120 * 32, report.Samples);
        Assert.All(report.Losses, l => Assert.True(double.IsFinite(l)));
        Assert.Contains("rates x 0.5 after a return to step 20", report.Convergence.Decisions[0].Why, StringComparison.Ordinal);

        var clean = await TrainAsync(sets, Path.Combine(_folder.FullName, "clean"));
        Assert.Equal(clean.Losses!.Take(20), report.Losses.Take(20));
        Assert.InRange(report.Eval!.Top1, clean.Eval!.Top1 - 0.05, 1);
    }

    [Fact]
    public async Task Garbage_labels_of_one_rank_are_left_out_when_the_others_have_learned()
    {
        string[] sets = ["layout.replicas=2", "active-classes.mode=all", "schedule.updates=1200", "guard.recovery=20"];
        var clean = await TrainAsync(sets);
        var spoiled = await TrainAsync([.. sets, Stage(nameof(GarbageLabels), "preprocess.inputs", "rank = 1, from = 1000, to = 1006")]);
        Assert.True(spoiled.Convergence!.LeftOut == 7, $"{spoiled.Convergence.LeftOut} left out; losses {string.Join(", ", spoiled.Losses!.Skip(995).Take(15))}");
        Assert.InRange(spoiled.Eval!.Top1, clean.Eval!.Top1 - 0.03, 1);
    }

    /// <summary>The length of normalised rows does not matter, so they bear it.</summary>
    [Fact]
    public async Task Rates_thirty_times_too_high_are_borne_by_a_normalised_head()
    {
        var report = await TrainAsync([.. Fast, "schedule.updates=600"]);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
        Assert.InRange(report.TrainLoss!.Value, 0, report.Losses![0] / 2);
    }

    [Fact]
    public async Task Rates_thirty_times_too_high_end_a_run_with_a_plain_head_with_the_reason_and_the_last_good_checkpoint()
    {
        var checkpoints = Path.Combine(_folder.FullName, "fast");
        const string Plain = "head.normalize=off";
        string[] slow = [Plain, "active-classes.mode=all", "convergence={ type = constant, constant { rates { backbone = 0.01, head = 0.01 } } }"];
        await TrainAsync([.. slow, "schedule.updates=20"], checkpoints);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync([.. Fast, Plain, "schedule.updates=600", "schedule.checkpoint-every=10", "guard.returns=0"], checkpoints, resume: true));
        Assert.Matches(
            "^before step [0-9]+: (the rates have backed off|[0-9]+ steps in a row were left out).*look at the samples, or lower the learning rates; the last good checkpoint is .*step-[0-9]+$",
            Causes(error).OfType<RunFailureException>().Single().Message);

        // What it names is good: with the first rates training goes on from there.
        var resumed = await TrainAsync([.. slow, "schedule.updates=200"], checkpoints, resume: true);
        Assert.Equal(RunOutcome.Completed, resumed.Outcome);
        Assert.True(resumed.TrainLoss < resumed.Losses![0], $"loss {resumed.TrainLoss}, at first {resumed.Losses[0]}");
    }

    [Fact]
    public async Task A_run_of_epochs_that_grows_its_batch_is_as_many_samples_in_fewer_updates()
    {
        const string Epochs = "schedule={ epochs = 10, updates = 0, batch = 32, evaluate-every = 2 }";
        var constant = await TrainAsync([Epochs]);
        var grown = await TrainAsync([Epochs, "convergence={ type = fccs, fccs { hurry = 1, noise-share = 8 } }"]);
        Assert.Equal(RunOutcome.Completed, grown.Outcome);
        Assert.InRange(grown.Samples, constant.Samples, constant.Samples + 32);
        Assert.InRange(grown.Updates, 1, constant.Updates * 0.6);
        Assert.Equal(grown.Updates, grown.Losses!.Count);
        Assert.Equal([2, 4, 6, 8, 10], grown.Evaluations.Select(e => Math.Round(e.Epoch)));
        Assert.True(grown.Convergence!.Curve.Batch.Max() > 64);
        Assert.Contains(grown.Convergence.Curve.NoiseScale, n => n > 0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task A_resumed_run_with_a_growing_batch_repeats_the_uninterrupted_one(int replicas, int microBatches)
    {
        string[] sets =
        [
            "schedule.updates=200", "schedule.checkpoint-every=7", $"schedule.micro-batches={microBatches}", $"layout.replicas={replicas}", "schedule.keep-checkpoints=100",
            "convergence={ type = fccs, fccs { noise-share = 8 } }", "optimizer={ type = lars }", Stage(nameof(Spoiled), "backbone.embeddings", "from = 5, to = 5"),
        ];
        var whole = await TrainAsync(sets, Path.Combine(_folder.FullName, "whole"));
        var cut = Path.Combine(_folder.FullName, "cut");
        var from = new DirectoryInfo(Path.Combine(_folder.FullName, "whole", "step-000000014"));
        var target = Directory.CreateDirectory(Path.Combine(cut, from.Name));
        foreach (var file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(target.FullName, file.Name));
        }

        var resumed = await TrainAsync(sets, cut, resume: true);
        Assert.Equal(whole.Losses!.Skip(14), resumed.Losses);
        Assert.Equal(whole.Samples, resumed.Samples + whole.Convergence!.Curve.Samples[13]);
        Assert.Equal(whole.Eval, resumed.Eval);
    }

    private static string Stage(string type, string edge, string settings) =>
        $"stages={{ bad {{ type = \"XClassFlow.Cluster.Tests.Training.{type}, XClassFlow.Cluster.Tests\", at = \"{edge}\", settings {{ {settings} }} }} }}";

    private static Task<RunReport> TrainAsync(string[] sets, string? checkpoints = null, bool resume = false) => new LocalRuns().TrainAsync(
        new TrainOptions(TinyConfiguration.With(sets), checkpoints, resume, ReportLosses: true), new StepObserver(), CancellationToken.None);

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}

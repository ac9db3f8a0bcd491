// What is no number never gets into a checkpoint, and never out of one: in weights, in samples, with a guard and without; nor does too little memory cost more than the run.
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class LostNumbersTests : IDisposable
{
    private const int Classes = 40;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-numbers-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("head-00001-of-00003.safetensors", "weight", "ram", "its 'weight' of class 135 is not finite")]
    [InlineData("head-00001-of-00003.safetensors", "weight", "mapped", "its 'weight' of class 135 is not finite")]
    [InlineData("head-00001-of-00003.safetensors", "momentum", "mapped", "its 'momentum' of class 135 is not finite")]
    [InlineData("backbone.safetensors", null, "ram", "is not finite")]
    public async Task Weights_that_are_no_numbers_are_refused_before_anything_is_trained(string file, string? tensor, string storage, string expected)
    {
        var good = await CheckpointAsync("good");
        var bad = Path.Combine(_folder.FullName, "bad");
        var spoiled = false;
        Rewritten.Copy(good, bad, (f, t, bytes) =>
        {
            if (f == file && (tensor is null ? !spoiled && bytes.Length >= 4 : t == tensor))
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(0), float.PositiveInfinity);
                spoiled = true;
            }
        });

        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync([$"head.weights.storage={storage}", "schedule.updates=20"], bad, resume: true));

        Assert.True(spoiled);
        Assert.Contains(expected, Causes(error).OfType<UserErrorException>().Single().Message, StringComparison.Ordinal);
        Assert.Equal([8L], CheckpointDirectory.StepsIn(bad));
    }

    [Fact]
    public async Task A_class_graph_of_another_number_of_classes_is_refused()
    {
        var good = await CheckpointAsync("good");
        var other = await CheckpointAsync("other", "data.train={ type = generated-features, generated-features { classes = 402, width = 16, samples-per-class = 8 } }", "data.test={ type = generated-features, generated-features { classes = 402, width = 16, samples-per-class = 2, split = test } }");
        var mixed = Path.Combine(_folder.FullName, "mixed");
        Rewritten.Copy(good, mixed, other: f => f.StartsWith("graph-", StringComparison.Ordinal) ? other : null);

        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync(["schedule.updates=20"], mixed, resume: true));

        Assert.Contains("its class graph is not a whole one of 403 classes; use another checkpoint", Causes(error).OfType<UserErrorException>().Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_graph_of_another_K_is_built_anew()
    {
        var good = await CheckpointAsync("good");
        var resumed = await TrainAsync(["schedule.updates=12", "active-classes.neighbours=5"], Path.GetDirectoryName(good)!, resume: true);
        Assert.Equal(RunOutcome.Completed, resumed.Outcome);
        Assert.All(resumed.Losses!, l => Assert.True(double.IsFinite(l)));
    }

    /// <summary>An update may go wrong after a loss that was a number: the step after it would tell, the checkpoint between them must not exist.</summary>
    [Fact]
    public async Task Weights_that_are_lost_in_the_last_step_get_into_no_checkpoint()
    {
        var checkpoints = Path.Combine(_folder.FullName, "c");
        await TrainAsync(["schedule.updates=8"], checkpoints);

        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync(
            [
                "guard.enabled=off", "schedule.updates=9", "head.normalize=off", "convergence={ type = constant, constant { rates { backbone = 0.01, head = 1e6 } } }",
                $"stages={{ bad {{ type = \"XClassFlow.Cluster.Tests.Training.{nameof(Spoiled)}, XClassFlow.Cluster.Tests\", at = \"backbone.embeddings\", settings {{ from = 8, to = 8, factor = 1e33 }} }} }}",
            ],
            checkpoints,
            resume: true));

        Assert.Matches(
            "^before step 10: '.+' of (head-0000[012]-of-00003|backbone).safetensors is not finite at element [0-9]+, so no checkpoint is made of it; look at the samples, or lower the learning rates; the last good checkpoint is .*step-000000008$",
            Causes(error).OfType<RunFailureException>().Single().Message);
        Assert.Equal([8L], CheckpointDirectory.StepsIn(checkpoints));
        Assert.Equal(RunOutcome.Completed, (await TrainAsync(["schedule.updates=16"], checkpoints, resume: true)).Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_training_sample_that_is_no_number(bool guarded)
    {
        var (train, test) = (Write("train.arrow", bad: 17), Write("test.arrow"));
        var checkpoints = Path.Combine(_folder.FullName, "samples");
        string[] sets =
        [
            $"data.train={{ type = arrow, arrow {{ files = [\"{train}\"] }} }}", $"data.test={{ type = arrow, arrow {{ files = [\"{test}\"] }} }}",
            "active-classes={ mode = all, neighbours = 4 }", "schedule={ updates = 30, batch = 8, micro-batches = 1, checkpoint-every = 1, keep-checkpoints = 40 }", $"guard.enabled={(guarded ? "on" : "off")}",
        ];
        if (guarded)
        {
            // Thirty steps of eight meet each of forty samples six times.
            var report = await TrainAsync(sets, checkpoints);
            Assert.Equal(6, report.Convergence!.LeftOut);
            Assert.Equal(RunOutcome.Completed, report.Outcome);
        }
        else
        {
            var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync(sets, checkpoints));
            Assert.Equal(
                $"{train}: row 17: a feature is NaN or infinite; leave the row out, or set guard.enabled = on, which leaves out the step", Causes(error).OfType<UserErrorException>().Single().Message);
            Assert.DoesNotContain(30, CheckpointDirectory.StepsIn(checkpoints));
        }

        // Whatever was written is good.
        if (CheckpointDirectory.HasAny(checkpoints))
        {
            var evaluated = await new LocalRuns().EvaluateAsync(new EvaluateOptions(checkpoints, test), new StepObserver(), CancellationToken.None);
            Assert.Equal(Classes, evaluated.Eval!.Samples);
        }
    }

    [Fact]
    public async Task A_held_out_sample_that_is_no_number()
    {
        var (train, test) = (Write("train.arrow"), Write("test.arrow", bad: 5));
        var checkpoints = Path.Combine(_folder.FullName, "held-out");

        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync(
            [
                $"data.train={{ type = arrow, arrow {{ files = [\"{train}\"] }} }}", $"data.test={{ type = arrow, arrow {{ files = [\"{test}\"] }} }}",
                "active-classes={ mode = all, neighbours = 4 }", "schedule={ updates = 10, batch = 8, micro-batches = 1 }",
            ],
            checkpoints));

        Assert.Equal($"{test}: row 5: a feature is NaN or infinite; leave the row out", Causes(error).OfType<UserErrorException>().Single().Message);
        Assert.Equal([10L], CheckpointDirectory.StepsIn(checkpoints));
    }

    [Theory]
    [InlineData("torch", "inline", ": it asked for 4,503,599,627,370,496 bytes")]
    [InlineData("torch", "actors", ": it asked for 4,503,599,627,370,496 bytes")]
    [InlineData("system", "actors", "")]
    public async Task An_allocation_that_is_refused_in_the_middle(string of, string host, string asked)
    {
        var checkpoints = Path.Combine(_folder.FullName, "memory");

        var error = await Assert.ThrowsAnyAsync<Exception>(() => TrainAsync(
            [$"host={host}", "schedule.updates=30", "schedule.checkpoint-every=8", $"stages={{ greedy {{ type = \"XClassFlow.Cluster.Tests.Training.{nameof(Exhausted)}, XClassFlow.Cluster.Tests\", at = \"backbone.embeddings\", settings {{ at = 20, of = {of} }} }} }}"],
            checkpoints));

        Assert.Equal(
            $"there is no memory left for stage greedy[0] in step 20{asked}; see `xclassflow plan` for what a run needs; checkpoints are as they were",
            Causes(error).OfType<RunFailureException>().Single().Message);
        Assert.Equal(16, CheckpointDirectory.StepsIn(checkpoints)[^1]);
        Assert.Equal(14, (await TrainAsync(["schedule.updates=30"], checkpoints, resume: true)).Updates);
    }

    private async Task<string> CheckpointAsync(string name, params string[] sets)
    {
        var checkpoints = Path.Combine(_folder.FullName, name);
        await TrainAsync(["schedule.updates=8", .. sets], checkpoints);
        return Path.Combine(checkpoints, "step-000000008");
    }

    private static Task<RunReport> TrainAsync(string[] sets, string? checkpoints, bool resume = false) => new LocalRuns().TrainAsync(
        new TrainOptions(TinyConfiguration.With(sets), checkpoints, resume, ReportLosses: true), new StepObserver(), CancellationToken.None);

    private string Write(string name, int bad = -1)
    {
        var path = Path.Combine(_folder.FullName, name);
        using var writer = new ArrowDataSetWriter(path, SampleShape.Features(6), Classes, SampleStorage.Features);
        for (var label = 0; label < Classes; label++)
        {
            float[] values = [.. Enumerable.Range(0, 6).Select(d => (float)Math.Sin((label * 7) + d))];
            values[3] = label == bad ? float.NaN : values[3];
            writer.WriteFeatures(label, values);
        }

        writer.Complete();
        return path;
    }

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }
}

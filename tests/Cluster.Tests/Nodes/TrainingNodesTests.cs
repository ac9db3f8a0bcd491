// A run that is spread over nodes gives the numbers of the same run in one process.
using XClassFlow.Cluster.Tests.Training;
using XClassFlow.Cluster.Training;
using XClassFlow.Data;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Nodes;

public sealed class TrainingNodesTests
{
    private const string WithoutBatchStatistics = "backbone={ type = mlp, mlp { width = 16, hidden = [32], norm = group, embedding-norm = none, groups = 4 } }";

    [Theory]
    [InlineData(2, "all")]
    [InlineData(3, "mix")]
    [InlineData(2, "knn", "active-classes.group=3")]
    public async Task Nodes_give_the_bits_of_one_process_with_as_many_ranks_and_shards(int nodes, string mode, params string[] more)
    {
        string[] sets = [$"active-classes.mode={mode}", $"layout.shards={nodes}", $"layout.replicas={nodes}", .. more];
        var alone = await TrainAloneAsync(sets);
        var spread = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), nodes);
        Assert.Equal(30, spread.Losses!.Count);
        Assert.Equal(alone.Losses, spread.Losses);
        Assert.Equal(alone.Eval, spread.Eval);
        Assert.Equal(nodes, spread.WorldSize);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3, "schedule.micro-batches=1")]
    [InlineData(2, "guard.enabled=off", "schedule.micro-batches=1")]
    [InlineData(2, "sparsifier={ type = top-k, ratio = 0.02, warm-up = [], dense-below = 16 }")]
    public async Task What_overlaps_does_not_change_the_losses(int nodes, params string[] more)
    {
        string[] sets = [$"layout.shards={nodes}", $"layout.replicas={nodes}", "backbone.mlp.hidden=[32, 32, 32]", "schedule.lookahead=0", .. more];
        var after = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "schedule.in-flight=1", "schedule.overlap=off"]), nodes);
        var during = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "schedule.in-flight=2", "schedule.overlap=on", "schedule.lookahead=2"]), nodes);
        Assert.Equal(30, after.Losses!.Count);
        Assert.Equal(after.Losses, during.Losses);
        Assert.Equal(after.Eval, during.Eval);
    }

    /// <summary>Times choose, and every node learns it from the plans.</summary>
    [Fact]
    public async Task Nodes_that_choose_a_number_of_micro_batches_give_the_losses_of_one()
    {
        string[] sets = ["layout.shards=2", "layout.replicas=2", "schedule.batch=64", "schedule.updates=90", WithoutBatchStatistics];
        var alone = await TrainAloneAsync([.. sets, "schedule.micro-batches=1"]);
        var spread = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "schedule.micro-batches=0"]), 2);
        Assert.Equal([1, 2, 4], Assert.Single(spread.MicroBatches!).Tried);
        Assert.Equal(90, spread.Losses!.Count);
        Assert.All(alone.Losses!.Zip(spread.Losses), p => Assert.InRange(Math.Abs(p.First - p.Second) / p.First, 0, 1e-5));
    }

    [Fact]
    public async Task Roles_may_stand_on_different_nodes()
    {
        string[] sets = ["layout.shards=3", "layout.replicas=2"];
        var alone = await TrainAloneAsync(sets);
        var spread = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), 4, backbones: [0, 1], shards: [2, 3, 2], loaders: [3, 1]);
        Assert.Equal(alone.Losses, spread.Losses);
        Assert.Equal(alone.Eval, spread.Eval);
    }

    /// <summary>Ranks that hold no shard write their residuals too, and other ranks on other nodes go on with them.</summary>
    [Fact]
    public async Task Sparse_gradients_and_what_waits_of_them_are_the_same_on_nodes()
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-sparse-nodes-").FullName;
        try
        {
            string[] Sets(int replicas, int updates) => [
                "layout.shards=3", $"layout.replicas={replicas}", $"schedule.updates={updates}", "sparsifier={ type = top-k, ratio = 0.02, warm-up = [], dense-below = 16 }"];
            var (one, many) = (Path.Combine(folder, "one"), Path.Combine(folder, "many"));
            var alone = await TrainAloneAsync(Sets(2, 20), one);
            var spread = await InProcessTraining.TrainAsync(TinyConfiguration.With(Sets(2, 20)), 4, backbones: [0, 1], shards: [2, 3, 2], loaders: [3, 1], checkpoint: many);
            Assert.Equal(alone.Losses, spread.Losses);
            alone = await TrainAloneAsync(Sets(3, 30), one, resume: true);
            spread = await InProcessTraining.TrainAsync(TinyConfiguration.With(Sets(3, 30)), 3, checkpoint: many, resume: true, run: "again");
            Assert.Equal(10, spread.Losses!.Count);
            Assert.Equal(alone.Losses, spread.Losses);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("all")]
    [InlineData("mix")]
    public async Task One_two_and_four_nodes_agree_on_the_first_steps(string mode)
    {
        string[] sets = [$"active-classes.mode={mode}", "layout.shards=4", "schedule.updates=20", WithoutBatchStatistics];
        var one = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), 1, [0], [0, 0, 0, 0], [0]);
        foreach (var nodes in new[] { 2, 4 })
        {
            var places = Enumerable.Range(0, nodes).ToArray();
            var many = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), nodes, places, [.. Enumerable.Range(0, 4).Select(s => s % nodes)], places);
            Assert.Equal(20, many.Losses!.Count);
            Assert.All(one.Losses!.Zip(many.Losses), p => Assert.InRange(Math.Abs(p.First - p.Second) / p.First, 0, 1e-5));
        }
    }

    [Fact]
    public async Task Checkpoints_go_from_four_nodes_to_three_to_eight_to_one()
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-chain-").FullName;
        try
        {
            // After the first run the rates are 0 and there is no momentum: whoever writes the rows again must write the same.
            string[] sets = ["active-classes.mode=all", "layout.shards=0", "head.update.momentum=0", "schedule.checkpoint-every=10"];
            var trained = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "schedule.updates=20"]), 4, folder);
            var rows = Rows(folder);
            var updates = 20;
            foreach (var nodes in new[] { 3, 8, 1 })
            {
                updates++;
                string[] still = [.. sets, $"schedule.updates={updates}", "convergence={ type = constant, constant { rates { backbone = 0, head = 0 } } }"];
                await InProcessTraining.TrainAsync(TinyConfiguration.With(still), nodes, folder, resume: true, run: $"on {nodes}");
                Assert.Equal($"step-0000000{updates}", (await File.ReadAllTextAsync(Path.Combine(folder, "latest"))).Trim());
                Assert.Equal(nodes, Directory.GetFiles(Path.Combine(folder, $"step-0000000{updates}"), "head-*").Length);
                Assert.Equal(rows, Rows(folder));
            }

            // Nothing is trained: the same weights, evaluated on other numbers of nodes.
            await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "schedule.updates=20"]), 4, Path.Combine(folder, "again"));
            foreach (var nodes in new[] { 3, 8, 1 })
            {
                var evaluated = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "schedule.updates=20"]), nodes, Path.Combine(folder, "again"), resume: true, run: $"on {nodes}");
                Assert.Equal(trained.Eval, evaluated.Eval);
                Assert.Equal(0, evaluated.Updates);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_new_run_does_not_go_on_from_another_runs_checkpoints()
    {
        var folder = Directory.CreateTempSubdirectory("xclassflow-other-").FullName;
        try
        {
            await InProcessTraining.TrainAsync(TinyConfiguration.With("schedule.updates=4"), 2, folder);
            await Assert.ThrowsAsync<UserErrorException>(() => InProcessTraining.TrainAsync(TinyConfiguration.With("schedule.updates=6"), 2, folder, run: "another"));
            var again = await InProcessTraining.TrainAsync(TinyConfiguration.With("schedule.updates=6"), 2, folder);
            Assert.Equal(2, again.Updates);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Short_floats_on_the_wire_train_nearly_the_same()
    {
        string[] sets = ["active-classes.mode=all", "layout.shards=2", "layout.replicas=2", WithoutBatchStatistics];
        var exact = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), 2);
        var rounded = await InProcessTraining.TrainAsync(TinyConfiguration.With([.. sets, "layout.wire=bfloat16"]), 2);
        Assert.NotEqual(exact.Losses, rounded.Losses);
        Assert.All(exact.Losses!.Zip(rounded.Losses!), p => Assert.InRange(Math.Abs(p.First - p.Second) / p.First, 0, 0.02));
    }

    // All rows of the latest checkpoint, whatever the number of files.
    private static float[] Rows(string folder)
    {
        using var saved = SavedRun.Open(folder);
        var rows = saved.Head(new ClassPartition(saved.Classes, 1), 0, 16, new RowUpdate(Momentum: 0), new WeightSettings());
        using (rows.Weight)
        {
            return rows.Weight.data<float>().ToArray();
        }
    }

    private static Task<RunReport> TrainAloneAsync(string[] sets, string? checkpoint = null, bool resume = false) => new LocalRuns().TrainAsync(
        new TrainOptions(TinyConfiguration.With(sets), checkpoint, resume, ReportLosses: true), new StepObserver(), CancellationToken.None);
}

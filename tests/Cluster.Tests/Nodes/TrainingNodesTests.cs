// A run that is spread over nodes gives the numbers of the same run in one process.
using XClassFlow.Cluster.Tests.Training;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Tests.Nodes;

public sealed class TrainingNodesTests
{
    private const string WithoutBatchStatistics = "backbone={ type = mlp, mlp { width = 16, hidden = [32], norm = group, embedding-norm = none, groups = 4 } }";

    [Theory]
    [InlineData(2, "all")]
    [InlineData(3, "mix")]
    public async Task Nodes_give_the_bits_of_one_process_with_as_many_ranks_and_shards(int nodes, string mode)
    {
        var sets = new[] { $"active-classes.mode={mode}", $"layout.shards={nodes}", $"layout.replicas={nodes}" };
        var alone = await TrainAloneAsync(sets);
        var spread = await InProcessTraining.TrainAsync(TinyConfiguration.With(sets), nodes);
        Assert.Equal(30, spread.Losses!.Count);
        Assert.Equal(alone.Losses, spread.Losses);
        Assert.Equal(alone.Eval, spread.Eval);
        Assert.Equal(nodes, spread.WorldSize);
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

    private static Task<RunReport> TrainAloneAsync(string[] sets) => new LocalRuns().TrainAsync(
        new TrainOptions(TinyConfiguration.With(sets), null, Resume: false, ReportLosses: true), new StepObserver(), CancellationToken.None);
}

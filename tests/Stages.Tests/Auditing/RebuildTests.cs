// An audit that finds too little recall has the class graph built anew, at a step that is known beforehand.
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Tests.Graph;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Auditing;

public sealed class RebuildTests
{
    // With lookahead 2, what an audit of step a finds takes effect after step a + 3.
    private const int Delay = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TheFirstAuditBelowTheFloorHasOneGraphBuilt(int shards)
    {
        var (ageing, none) = await RunAsync(shards, 0);
        Assert.Empty(none);
        Assert.All(ageing.Audits, a => Assert.Equal(0, a.GraphStep));
        Assert.True(ageing.Audits[0].Recall > ageing.Audits[1].Recall && ageing.Audits[1].Recall > ageing.Audits[2].Recall, string.Join('\n', ageing.Audits));

        var floor = (ageing.Audits[1].Recall!.Value + ageing.Audits[2].Recall!.Value) / 2;
        var (run, rebuilt) = await RunAsync(shards, floor);
        var step = ageing.Audits[2].Step + Delay;
        Assert.Equal([(step, GraphRenewal.LowRecall)], rebuilt);
        Assert.Equal([0, 0, 0, step + 1, step + 1, step + 1], run.Audits.Select(a => a.GraphStep));
        Assert.Equal(ageing.Audits.Take(3), run.Audits.Take(3));
        Assert.Equal(1, run.Audits[3].Recall);
        Assert.Equal(ageing.Losses.Take((int)step + 1), run.Losses.Take((int)step + 1));
    }

    [Fact]
    public async Task WhileRecallIsAboveTheFloorNothingIsBuiltAndNothingChanges()
    {
        var (ageing, _) = await RunAsync(3, 0);
        var (run, rebuilt) = await RunAsync(3, ageing.Audits.Min(a => a.Recall!.Value) - 1e-6);
        Assert.Empty(rebuilt);
        Assert.Equal(ageing.Losses, run.Losses);
        Assert.Equal(ageing.Audits, run.Audits);
    }

    /// <summary>Audits of steps 3, 11 and 19 see graphs that are three steps old; those of 7 and 15 see new ones. After the last step, 23, nobody needs one.</summary>
    [Fact]
    public async Task BothRulesBuild()
    {
        var (_, rebuilt) = await RunAsync(2, 0.999, every: 8);
        Assert.Equal(
            [
                (6, GraphRenewal.LowRecall), (7, GraphRenewal.Due),
                (14, GraphRenewal.LowRecall), (15, GraphRenewal.Due),
                (22, GraphRenewal.LowRecall),
            ],
            rebuilt);
    }

    /// <summary>With room for all classes the selection, and so the rows, are the same for any number of shards, and so are the audits' findings.</summary>
    [Fact]
    public async Task OneShardAndThreeDecideAlike()
    {
        var (one, _) = await RunAsync(1, 0, budget: TinyRun.Classes);
        var floor = (one.Audits[1].Recall!.Value + one.Audits[2].Recall!.Value) / 2;
        var (first, firstRebuilt) = await RunAsync(1, floor, budget: TinyRun.Classes);
        var (third, thirdRebuilt) = await RunAsync(3, floor, budget: TinyRun.Classes);
        Assert.Equal(one.Audits[2].Step + Delay, firstRebuilt[0].Step);
        Assert.Equal(firstRebuilt, thirdRebuilt);
        Assert.Equal(first.Audits.Select(a => (a.Step, a.GraphStep)), third.Audits.Select(a => (a.Step, a.GraphStep)));
        Assert.All(first.Audits.Zip(third.Audits), p => Assert.Equal(p.First.Recall!.Value, p.Second.Recall!.Value, 0.01));
    }

    // Rows turn fast; audits at steps 3, 7, 11, ...
    private static async Task<(TinyRun Run, List<(long Step, GraphRenewal Why)> Rebuilt)> RunAsync(int shards, double floor, long every = 0, int budget = 60)
    {
        var rebuilt = new List<(long, GraphRenewal)>();
        var run = new TinyRun
        {
            Shards = shards,
            Updates = 24,
            Head = new HeadSettings(Chunk: 64, Update: new RowUpdate { Momentum = 0, WeightDecay = 0 }),
            Rates = new Rates { Backbone = 0.05, Head = 4 },
            Active = new ActiveClassesSettings(
                SelectionMode.Knn, budget, Group: 32, Neighbours: 8, RebuildEvery: every, RebuildBelow: floor, Graph: GraphMethod.Exact, Audit: new AuditSettings(4, 8, 30)),
            OnStep = step => AddIfRebuilt(step, rebuilt),
        };
        return (await run.RunInlineAsync(), rebuilt);
    }

    private static void AddIfRebuilt(StepRecord step, List<(long, GraphRenewal)> rebuilt)
    {
        if (step.Plan.GraphRenewal != GraphRenewal.None)
        {
            rebuilt.Add((step.Plan.Step, step.Plan.GraphRenewal));
        }
    }
}

// Audits measure what they say, and training does not notice them.
using XClassFlow.Stages.Auditing;
using XClassFlow.Stages.Convergence;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Head;
using XClassFlow.Stages.Selection;
using XClassFlow.Stages.Selection.Graph;
using XClassFlow.Stages.Tests.Graph;
using XClassFlow.Stages.Training;

namespace XClassFlow.Stages.Tests.Auditing;

public sealed class AuditTests : IDisposable
{
    private const int K = 8;
    private const int Width = 12;
    private const int Sampled = 30;

    private readonly string _folder = Directory.CreateTempSubdirectory("xclassflow-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SelectionMode.Knn, 0, 1, 1)]
    [InlineData(SelectionMode.Mix, 0, 3, 1)]
    [InlineData(SelectionMode.Mix, 5, 3, 3)]
    [InlineData(SelectionMode.Uniform, 0, 2, 2)]
    public async Task TrainingDoesNotNoticeAudits(SelectionMode mode, int group, int shards, int microBatches)
    {
        TinyRun Run(long every) => new()
        {
            Shards = shards,
            MicroBatches = microBatches,
            Replicas = microBatches == 3 ? 2 : 1,
            Head = new HeadSettings(Chunk: 64, KeptMib: 0, Update: new RowUpdate { Momentum = 0.9 }),
            Active = Settings(every, mode) with { Group = group, RebuildEvery = 8 },
        };
        var without = await Run(0).RunInlineAsync();
        var with = await Run(2).RunInlineAsync();
        Assert.Empty(without.Audits);
        Assert.Equal([1, 3, 5, 7, 9, 11, 13, 15, 17, 19], with.Audits.Select(a => a.Step));
        Assert.Equal(without.Losses, with.Losses);
        Assert.All(with.Audits, a => Assert.Equal(mode == SelectionMode.Uniform, a.Recall is null && a.DriftMean is null && a.GraphStep is null));
    }

    /// <summary>The update of a guarded step waits for the backbones and for the audit, whichever comes last; one that is left out is audited all the same.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public async Task GuardedStepsAreAuditedToo(int shards, int replicas)
    {
        const int Bad = 3;
        TinyRun Run(long every) => new()
        {
            Shards = shards,
            Replicas = replicas,
            Active = Settings(every, SelectionMode.Mix) with { RebuildEvery = 8 },
            Policy = new ScriptedPolicy(s => ScriptedPolicy.Rates() with { Guarded = true, LossCeiling = s == Bad ? 0.1 : double.PositiveInfinity }),
        };
        var without = await Run(0).RunInlineAsync();
        var with = await Run(1).RunInlineAsync();
        Assert.Equal(without.Losses, with.Losses);
        Assert.Equal(Enumerable.Range(0, 20).Select(s => (long)s), with.Audits.Select(a => a.Step));
        Assert.Equal([Bad], with.Steps.Where(s => !s.Outcome.Applied).Select(s => s.Plan.Step));
        Assert.All(with.Audits, a => Assert.True(double.IsFinite(a.ExactLoss)));
    }

    /// <summary>The first step has the same weights whatever is active, so its exact loss is the loss of a run with all classes active.</summary>
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(3, 0, 0.1)]
    [InlineData(2, 4, 0)]
    public async Task TheExactLossIsThatOfAllClassesAndTheActiveOneThatOfTheStep(int shards, int group, double smoothing)
    {
        TinyRun Run(ActiveClassesSettings active) => new()
        {
            Shards = shards,
            Updates = 1,
            Head = new HeadSettings(Chunk: 64, Margin: MarginKind.CosFace, MarginSize: 0.2, LabelSmoothing: smoothing),
            Active = active,
        };
        var all = await Run(new ActiveClassesSettings()).RunInlineAsync();
        var knn = await Run(Settings(1, samples: 32) with { Group = group }).RunInlineAsync();
        var audit = Assert.Single(knn.Audits);
        Assert.Equal(32, audit.Samples);
        Assert.InRange(Math.Abs(audit.ExactLoss - all.Losses[0]), 0, 1e-6 * all.Losses[0]);
        Assert.InRange(Math.Abs(audit.ActiveLoss - knn.Losses[0]), 0, 1e-6 * all.Losses[0]);
        Assert.True(audit.ExactLoss - audit.ActiveLoss > 0.05, $"{audit}");
    }

    /// <summary>A graph of the first rows, audited nine updates later: recall and drift by brute force over the rows that the same run without audits sent and saved.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task RecallAndDriftAreThoseOfBruteForce(int shards)
    {
        const int updates = 9;
        var parts = new SortedDictionary<long, float[]>();
        var saved = await Moving(shards, updates, Settings(0), message =>
        {
            if (message is WeightRows { Rows: var rows, ClassStart: var start })
            {
                parts[start] = rows.data<float>().ToArray();
            }
        }).RunInlineAsync();
        var before = parts.Values.SelectMany(r => r).ToArray();
        var now = Enumerable.Range(0, shards).SelectMany(i => saved.Weights[$"{ClassRowsState.FileName(i, shards)}/{ClassRowsState.WeightName}"]).ToArray();
        var sample = AuditSample.Of(TinyRun.Classes, Sampled, 3, 0);

        var run = await Moving(shards, updates + 1, Settings(updates + 1), _ => { }).RunInlineAsync();

        var audit = Assert.Single(run.Audits);
        var expected = sample.Average(c => Nearest(before, c).Count(Nearest(now, c).Contains) / (double)(K - 1));
        var drifts = sample.Select(c => 1 - Cosine(before, c, now, c)).ToArray();
        Assert.InRange(expected, 0.1, 0.95);
        Assert.Equal(0, audit.GraphStep);
        Assert.Equal(expected, audit.Recall!.Value, 1e-9);
        Assert.Equal(drifts.Average(), audit.DriftMean!.Value, 1e-6);
        Assert.Equal(drifts.Max(), audit.DriftLargest!.Value, 1e-6);
    }

    [Fact]
    public async Task AGraphJustBuiltHasAllNeighboursAndNoDrift()
    {
        var run = await Moving(3, 1, Settings(1), _ => { }).RunInlineAsync();
        var audit = Assert.Single(run.Audits);
        Assert.Equal(1, audit.Recall);
        Assert.InRange(audit.DriftLargest!.Value, 0, 1e-6);
        Assert.Null(audit.Alarm);
    }

    [Fact]
    public async Task WhatPassesItsLimitAlarms()
    {
        var settings = Settings(10) with { Audit = new AuditSettings(10, 8, Sampled, LossGap: 1e-6, Recall: 0.999) };
        var audit = Assert.Single((await Moving(2, 10, settings, _ => { }).RunInlineAsync()).Audits);
        Assert.Matches(@"^loss gap \d+\.\d+ is above 1E-06; recall 0\.\d+ is below 0\.999$", audit.Alarm);
    }

    private static ActiveClassesSettings Settings(long every, SelectionMode mode = SelectionMode.Knn, int samples = 8) => new(
        mode, 60, Group: 32, Neighbours: K, RebuildEvery: 1000, Graph: GraphMethod.Exact, Audit: new AuditSettings(every, samples, Sampled));

    // Rows turn fast.
    private TinyRun Moving(int shards, long updates, ActiveClassesSettings active, Action<Message> onSent) => new()
    {
        Shards = shards,
        Updates = updates,
        Active = active,
        Head = new HeadSettings(Chunk: 64, Update: new RowUpdate { Momentum = 0, WeightDecay = 0 }),
        Rates = new Rates { Backbone = 0.05, Head = 8 },
        Checkpoint = active.AuditEvery == 0 ? Path.Combine(_folder, "c") : null,
        OnSent = onSent,
    };

    private static HashSet<long> Nearest(float[] rows, int c)
        => [.. Enumerable.Range(0, TinyRun.Classes).Where(n => n != c).OrderByDescending(n => Cosine(rows, c, rows, n)).Take(K - 1).Select(n => (long)n)];

    private static double Cosine(float[] a, int i, float[] b, int j)
    {
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var d = 0; d < Width; d++)
        {
            var (x, y) = ((double)a[(i * Width) + d], (double)b[(j * Width) + d]);
            (dot, aa, bb) = (dot + (x * y), aa + (x * x), bb + (y * y));
        }

        return dot / Math.Sqrt(aa * bb);
    }
}

// Before an evaluation or a checkpoint all replicas take the mean of their running statistics, and only then.
using TorchSharp;
using XClassFlow.Data.DataSets;
using XClassFlow.Stages.Backbones;
using XClassFlow.Stages.Backbones.Layers;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Optimizers;
using XClassFlow.Stages.Tests.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Graph;

[Collection(AloneTests.Name)]
public sealed class BackboneStatisticsTests : IDisposable
{
    private const int Ranks = 3;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Backbone?[] _backbones = new Backbone?[Ranks];
    private StageDriver[] _drivers = [];

    public void Dispose()
    {
        foreach (var driver in _drivers)
        {
            driver.Dispose();
        }

        _scope.Dispose();
    }

    [Fact]
    public void AfterASyncedStepTheStatisticsOfAllRanksAreTheMeanBitByBit()
    {
        Start(NormKind.Batch, Ranks);
        var own = Step(0, sync: true);
        Assert.All(_drivers, d => Assert.DoesNotContain(d.Sent, s => s.Outlet == "reports"));
        Assert.False(own[0].eq(own[1]).all().item<bool>());
        var mean = own.Select(o => o.to(ScalarType.Float64)).Aggregate((a, b) => a + b).div(Ranks).to(ScalarType.Float32);
        Exchange(0, own);
        Assert.All(_backbones, b => TestTensors.SameBits(mean, b!.FlatStatistics()));
        Assert.All(_drivers, d => Assert.Single(d.Sent, s => s.Outlet == "reports"));

        // The mean of what is equal changes nothing.
        Exchange(1, Step(1, sync: true, rate: 0, sameInputs: true));
        var second = _backbones[0]!.FlatStatistics();
        Assert.All(_backbones, b => TestTensors.SameBits(second, b!.FlatStatistics()));
    }

    [Theory]
    [InlineData(NormKind.Batch, Ranks, false)]
    [InlineData(NormKind.Batch, 1, true)]
    [InlineData(NormKind.Group, Ranks, true)]
    public void OtherwiseNothingIsSent(NormKind norm, int instances, bool sync)
    {
        Start(norm, instances);
        Step(0, sync);
        Assert.All(_drivers, d => Assert.DoesNotContain(d.Sent, s => s.Outlet == "statistics"));
        Assert.All(_drivers, d => Assert.Single(d.Sent, s => s.Outlet == "reports"));
    }

    [Fact]
    public void StatisticsOfAnotherLengthAreRefused()
    {
        Start(NormKind.Batch, 1);
        using var three = zeros(3);
        Assert.Throws<ArgumentException>(() => _backbones[0]!.LoadStatistics(three));
    }

    private void Start(NormKind norm, int instances)
    {
        Backbone Create(int rank, ulong seed) => _backbones[rank] = BackboneFactory.Create(
            "mlp", new MlpBackbone.Settings { Width = 4, Hidden = [8], Norm = norm, EmbeddingNorm = norm, Groups = 2 }, SampleShape.Features(6), seed);
        _drivers = [.. Enumerable.Range(0, instances).Select(rank => new StageDriver(
            () => new BackboneStage(s => Create(rank, s), b => new BackboneSgd(new BackboneSgd.Settings(), b.Segments), rank, 1, () => null),
            address: new StageAddress("backbone", rank),
            instances: instances,
            senders: instances))];
        foreach (var driver in _drivers)
        {
            driver.Start();
        }
    }

    // One step of every rank up to where statistics would be exchanged; gives what was sent for that.
    private Tensor[] Step(long step, bool sync, double rate = 0.1, bool sameInputs = false)
    {
        var plan = new StepPlan(step, StepPhase.Train, 0, 4 * _drivers.Length, 1, rate, rate, 0, Checkpoint: false, SyncStatistics: sync);
        foreach (var (driver, rank) in _drivers.Select((d, r) => (d, r)))
        {
            Clear(driver);
            driver.Send("inputs", new InputBatch(step, 0, plan, TestTensors.Normal(sameInputs ? 9UL : (ulong)rank, 4, 6), zeros(4, ScalarType.Int64)));
            driver.Run();
            for (var shard = 0; shard < driver.Senders; shard++)
            {
                driver.Send("embedding_gradients", new EmbeddingGradient(step, 0, ones(4, 4)), shard);
            }

            driver.Run();
            foreach (var gradient in driver.Take().Where(s => s.Outlet == "segment_gradients"))
            {
                driver.Send("reduced", gradient.Message);
                driver.Run();
            }
        }

        return [.. _drivers.SelectMany(d => d.Sent).Where(s => s.Outlet == "statistics").Select(s => ((BackboneStatistics)s.Message).Values.clone())];
    }

    private void Exchange(long step, Tensor[] statistics)
    {
        Assert.Equal(Ranks, statistics.Length);
        foreach (var driver in _drivers)
        {
            for (var from = 0; from < Ranks; from++)
            {
                driver.Send("statistics", new BackboneStatistics(step, 0, statistics[from].clone()), from);
            }

            driver.Run();
        }
    }

    private static void Clear(StageDriver driver)
    {
        foreach (var sent in driver.Take())
        {
            sent.Message.Dispose();
        }
    }
}

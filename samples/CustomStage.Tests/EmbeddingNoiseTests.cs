// The sample stage keeps the rules of all stages, and one of its own.
using XClassFlow.Conformance;
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace Acme.Tests;

public sealed class EmbeddingNoiseTests : StageConformance<EmbeddingNoise>
{
    [Fact]
    public void NoiseHasTheLengthThatIsAskedForAndEvaluationHasNone()
    {
        using var driver = new StageDriver(Create);
        driver.Start();
        driver.Send("in", Part(3, StepPhase.Train, 400).Message);
        driver.Send("in", Part(3, StepPhase.Evaluate, 400).Message);
        driver.Run();
        using var scope = NewDisposeScope();
        var clean = Embeddings(400);
        var noise = (((EmbeddingPart)driver.Sent[0].Message).Embeddings - clean).norm(1, p: 2f) / clean.norm(1, p: 2f);
        Assert.Equal(0.2, noise.mean().item<float>(), 0.01);
        Assert.Equal(0, (((EmbeddingPart)driver.Sent[1].Message).Embeddings - clean).abs().max().item<float>());
    }

    [Fact]
    public void ADeviationOutOfRangeIsTheUsersError()
        => Assert.Contains("stages.noise.settings: deviation = 2", Assert.Throws<UserErrorException>(() => new EmbeddingNoise.Settings(2).Validate("stages.noise.settings")).Message, StringComparison.Ordinal);

    protected override EmbeddingNoise Create() => new(new EmbeddingNoise.Settings(0.2), new StageSite("noise", "backbone.embeddings", 0, 1));

    protected override IEnumerable<Sample> Messages() => [Part(0, StepPhase.Train, 4), Part(1, StepPhase.Train, 3, microBatch: 1), Part(2, StepPhase.Evaluate, 5)];

    protected override IEnumerable<Sample> EmptyMessages() => [Part(0, StepPhase.Train, 0), Part(0, StepPhase.Evaluate, 0)];

    private static Sample Part(long step, StepPhase phase, int samples, int microBatch = 0)
    {
        var plan = new StepPlan(step, phase, 0, samples, 2, 0.1, 0.1, 0, Checkpoint: false);
        return new Sample(new EmbeddingPart(step, microBatch, plan, Embeddings(samples), zeros(samples, ScalarType.Int64)));
    }

    private static Tensor Embeddings(int samples) => arange(1, (samples * 16) + 1).reshape(samples, 16).to(ScalarType.Float32);
}

// An inserted stage that makes embeddings no numbers for some steps.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Training;

/// <summary>Stands at backbone.embeddings.</summary>
public sealed class Spoiled : TransformStage<EmbeddingPart, EmbeddingPart>
{
    private readonly Settings _settings;

    public Spoiled(Settings settings, StageSite site)
    {
        Assert.NotNull(site);
        _settings = settings;
    }

    protected override void Process(EmbeddingPart message)
    {
        var spoils = message.Plan.Phase == StepPhase.Train && message.Step >= _settings.From && message.Step <= _settings.To;
        Output.Send(spoils ? message with { Embeddings = message.Embeddings.Times(float.NaN) } : message);
    }

    /// <summary>Settings.</summary>
    /// <param name="From">First step.</param>
    /// <param name="To">Last step.</param>
    public sealed record Settings(long From = 0, long To = 0);
}

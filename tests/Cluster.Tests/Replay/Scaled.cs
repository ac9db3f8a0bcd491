// An inserted stage with one constant, and a step at which it fails.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Replay;

public sealed class Scaled : TransformStage<EmbeddingPart, EmbeddingPart>
{
    private readonly Settings _settings;

    public Scaled(Settings settings, StageSite site)
    {
        Assert.NotNull(site);
        _settings = settings;
    }

    protected override void Process(EmbeddingPart message)
    {
        if (message.Step == _settings.FailAt)
        {
            throw new InvalidOperationException("as the settings want");
        }

        Output.Send(message with { Embeddings = message.Embeddings * _settings.Factor });
    }

    public sealed record Settings(double Factor = 1, long FailAt = -1);
}

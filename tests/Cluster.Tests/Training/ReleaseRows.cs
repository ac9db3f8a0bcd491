// An inserted stage that lets held rows go when training has come to a step.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Training;

/// <summary>Stands at backbone.embeddings.</summary>
public sealed class ReleaseRows : TransformStage<EmbeddingPart, EmbeddingPart>
{
    private readonly Settings _settings;

    public ReleaseRows(Settings settings, StageSite site)
    {
        Assert.NotNull(site);
        _settings = settings;
    }

    protected override void Process(EmbeddingPart message)
    {
        if (message.Step == _settings.Step)
        {
            HeldRows.Gates.GetOrAdd(_settings.Name, _ => new ManualResetEventSlim()).Set();
        }

        Output.Send(message);
    }

    /// <summary>Settings.</summary>
    /// <param name="Name">Of the gate.</param>
    /// <param name="Step">The step that opens it.</param>
    public sealed record Settings(string Name = "", long Step = 0);
}

// An inserted stage that makes embeddings no numbers for some steps.
using System.Collections.Concurrent;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Tests.Training;

/// <summary>Stands at backbone.embeddings.</summary>
public sealed class Spoiled : TransformStage<EmbeddingPart, EmbeddingPart>
{
    private static readonly ConcurrentDictionary<string, bool> Used = new();

    private readonly Settings _settings;
    private readonly bool _spoils;

    public Spoiled(Settings settings, StageSite site)
    {
        Assert.NotNull(site);
        _settings = settings;
        _spoils = settings.OnceAs.Length == 0 || Used.TryAdd(settings.OnceAs, true);
    }

    protected override void Process(EmbeddingPart message)
    {
        var spoils = _spoils && message.Plan.Phase == StepPhase.Train && message.Step >= _settings.From && message.Step <= _settings.To;
        Output.Send(spoils ? message with { Embeddings = message.Embeddings.Times(_settings.Factor) } : message);
    }

    /// <summary>Settings.</summary>
    /// <param name="From">First step.</param>
    /// <param name="To">Last step.</param>
    /// <param name="OnceAs">A name under which only the first instance spoils anything; empty: every one does.</param>
    /// <param name="Factor">What embeddings are multiplied by.</param>
    public sealed record Settings(long From = 0, long To = 0, string OnceAs = "", float Factor = float.NaN);
}

// An inserted stage that asks for more memory than there is.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Tests.Training;

/// <summary>Stands at backbone.embeddings.</summary>
public sealed class Exhausted : TransformStage<EmbeddingPart, EmbeddingPart>
{
    private readonly Settings _settings;

    public Exhausted(Settings settings, StageSite site)
    {
        Assert.NotNull(site);
        _settings = settings;
    }

    protected override unsafe void Process(EmbeddingPart message)
    {
        if (message.Step == _settings.At)
        {
            // Both are really asked for, and really refused.
            if (_settings.Of == "torch")
            {
                _ = empty(1L << 50, ScalarType.Float32);
            }

            System.Runtime.InteropServices.NativeMemory.Alloc((nuint)1 << 60);
        }

        Output.Send(message);
    }

    /// <summary>Settings.</summary>
    /// <param name="At">The step.</param>
    /// <param name="Of">Who is asked: torch, or anything else for the system.</param>
    public sealed record Settings(long At = 0, string Of = "");
}

// A custom stage for the edge backbone.embeddings: regularises the embeddings with noise, in training only.
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;
using XClassFlow.Stages.Training;
using static TorchSharp.torch;

namespace Acme;

/// <summary>
/// Adds Gaussian noise to every embedding, of a length relative to the embedding's own. The noise is a pure function of the run's seed, the instance, the step and the
/// micro-batch, so that a run can be repeated and replayed bit by bit. Evaluation is left alone.
/// </summary>
public sealed class EmbeddingNoise : TransformStage<EmbeddingPart, EmbeddingPart>
{
    private readonly Settings _settings;
    private Generator? _generator;

    /// <param name="settings">Settings.</param>
    /// <param name="site">Where the stage stands.</param>
    public EmbeddingNoise(Settings settings, StageSite site)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(site);
        _settings = settings;
    }

    /// <inheritdoc/>
    public override void Start() => _generator = new Generator();

    /// <inheritdoc/>
    protected override void Process(EmbeddingPart message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Shapes.Require(message.Embeddings, "embeddings", ScalarType.Float32, -1, -1);
        if (message.Plan.Phase == StepPhase.Evaluate || _settings.Deviation == 0)
        {
            Output.Send(message);
            return;
        }

        _generator!.manual_seed((long)Seeds.Mix(Context.Seed(message.Step), (ulong)message.MicroBatch));
        var embeddings_bD = message.Embeddings;
        var length_b1 = embeddings_bD.norm(1, keepdim: true, p: 2f);
        var noise_bD = randn(embeddings_bD.shape, generator: _generator).Times(_settings.Deviation / Math.Sqrt(embeddings_bD.shape[1]));
        Output.Send(message with { Embeddings = embeddings_bD.Plus(noise_bD * length_b1) });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _generator?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What the block <c>settings</c> may hold.</summary>
    /// <param name="Deviation">Expected length of the noise, as a share of the embedding's length; 0: none.</param>
    public sealed record Settings(double Deviation = 0.1)
    {
        /// <summary>Called when the configuration is read, before anything starts.</summary>
        public void Validate(string path)
        {
            if (Deviation is < 0 or > 1)
            {
                throw new UserErrorException($"deviation = {Deviation} is out of range", path, "use a number from 0 to 1");
            }
        }
    }
}

// A stage for the edge backbone.segment_gradients: bounds the norm of each rank's segment gradients.
using XClassFlow.Data;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Torch;

namespace XClassFlow.Stages.Training;

/// <summary>Scales a segment's gradient down to a largest Euclidean norm, per rank, before the all-reduce. One that is no number goes on as it is, for the guard to see.</summary>
public sealed class ClipGradient : TransformStage<SegmentGradient, SegmentGradient>
{
    private readonly Settings _settings;

    /// <param name="settings">Settings.</param>
    /// <param name="site">Where it stands.</param>
    public ClipGradient(Settings settings, StageSite site)
    {
        ArgumentNullException.ThrowIfNull(site);
        _settings = settings;
    }

    protected override void Process(SegmentGradient message)
    {
        var norm = Math.Sqrt(message.Gradient.SquaredNormOfAny());
        Output.Send(double.IsFinite(norm) && norm > _settings.LargestNorm ? message with { Gradient = message.Gradient.Times(_settings.LargestNorm / norm) } : message);
    }

    /// <summary>Settings.</summary>
    /// <param name="LargestNorm">Bound on the Euclidean norm of one segment's gradient.</param>
    public sealed record Settings(double LargestNorm = 10)
    {
        public void Validate(string path)
            => SettingsCheck.Positive(path, "largest-norm", LargestNorm);
    }
}

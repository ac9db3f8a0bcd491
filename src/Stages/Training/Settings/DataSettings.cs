// Settings of the samples.
using XClassFlow.Stages.Configuration;

namespace XClassFlow.Stages.Training;

/// <summary>Training and held-out samples.</summary>
/// <param name="Train">Training samples: a data set component.</param>
/// <param name="Test">Held-out samples; left out or null: no evaluation.</param>
/// <param name="Shuffle">Whether every epoch has an order of its own.</param>
/// <param name="Preprocess">Decoding and augmentation.</param>
public sealed record DataSettings(ConfigNode Train, ConfigNode? Test = null, bool Shuffle = true, PreprocessSettings? Preprocess = null)
{
    public PreprocessSettings Preprocess { get; init; } = Preprocess ?? new PreprocessSettings();
}

// Settings of decoding and augmentation.
using XClassFlow.Data;
using XClassFlow.Data.Preparation;

namespace XClassFlow.Stages.Training;

/// <summary>Decoding and augmentation of samples on worker threads.</summary>
/// <param name="Workers">Worker threads per rank; 0: one per core.</param>
/// <param name="Prefetch">Micro-batches decoded ahead.</param>
/// <param name="Augment">Random changes of training pictures.</param>
public sealed record PreprocessSettings(int Workers = 0, int Prefetch = 4, ImageAugmenter.Settings? Augment = null)
{
    public ImageAugmenter.Settings Augment { get; init; } = Augment ?? new ImageAugmenter.Settings();

    public void Validate(string path)
    {
        SettingsCheck.Within(path, "workers", Workers, 0, 1024, "0 is one per core");
        SettingsCheck.Within(path, "prefetch", Prefetch, 1, 4096, "4 micro-batches is a good value");
    }
}

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
        if (Workers is < 0 or > 1024)
        {
            throw new UserErrorException($"workers = {Workers} is out of range", path, "use 1 to 1024, or 0 for one per core");
        }

        if (Prefetch is < 1 or > 4096)
        {
            throw new UserErrorException($"prefetch = {Prefetch} is out of range", path, "use 1 to 4096 micro-batches; 4 is a good value");
        }
    }
}

// The shape of one sample: a picture (height, width, channels) or a feature vector (width).
namespace XClassFlow.Data.DataSets;

/// <summary>Shape of one sample. A picture has all three sizes; a feature vector has <see cref="Width"/> only.</summary>
public readonly record struct SampleShape
{
    private SampleShape(bool isImage, int height, int width, int channels)
    {
        IsImage = isImage;
        Height = height;
        Width = width;
        Channels = channels;
    }

    public bool IsImage { get; }

    public int Height { get; }

    /// <summary>Pixels across, or the number of features.</summary>
    public int Width { get; }

    /// <summary>1 (grey) or 3 (RGB) for pictures.</summary>
    public int Channels { get; }

    /// <summary>Values in a sample.</summary>
    public int Length => Height * Width * Channels;

    public static SampleShape Image(int height, int width, int channels) => new(true, height, width, channels);

    public static SampleShape Features(int width) => new(false, 1, width, 1);

    public override string ToString() => IsImage ? $"{Height}x{Width}x{Channels}" : $"{Width} features";
}

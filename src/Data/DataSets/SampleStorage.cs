// How a data set's file holds the content of a sample.
namespace XClassFlow.Data.DataSets;

public enum SampleStorage
{
    /// <summary>Bytes of every pixel, HWC.</summary>
    RawPixels,

    /// <summary>A PNG or JPEG file, decoded when it is read.</summary>
    EncodedImages,

    /// <summary>A vector of floats.</summary>
    Features,
}

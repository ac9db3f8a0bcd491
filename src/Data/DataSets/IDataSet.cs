// A set of labelled samples with random access: the only thing training knows about where data comes from.
namespace XClassFlow.Data.DataSets;

/// <summary>
/// Labelled samples, addressed by index in [0, <see cref="Count"/>). Reads are thread-safe and allocation-free where the format allows;
/// many decode workers read at once. Disposing releases mappings; no read may be running then.
/// </summary>
public interface IDataSet : IDisposable
{
    /// <summary>Where the samples come from, for messages (a file name, or the generator and its size).</summary>
    string Name { get; }

    /// <summary>Number of samples.</summary>
    long Count { get; }

    /// <summary>Number of classes: every label is in [0, Classes).</summary>
    long Classes { get; }

    /// <summary>The shape that every sample has.</summary>
    SampleShape Shape { get; }

    /// <summary>Where a sample is to be found by whoever must mend it, for messages.</summary>
    string PlaceOf(long index) => $"{Name}: sample {index}";

    /// <summary>The label of a sample, without reading its content.</summary>
    long LabelOf(long index);

    /// <summary>Copies a picture, row by row, channels last (HWC), one byte a value.</summary>
    /// <param name="index">Sample index.</param>
    /// <param name="pixels">Exactly <see cref="SampleShape.Length"/> bytes.</param>
    /// <exception cref="InvalidOperationException">The samples are features, not pictures.</exception>
    void ReadPixels(long index, Span<byte> pixels);

    /// <summary>Copies a feature vector.</summary>
    /// <param name="index">Sample index.</param>
    /// <param name="features">Exactly <see cref="SampleShape.Length"/> floats.</param>
    /// <exception cref="InvalidOperationException">The samples are pictures, not features.</exception>
    void ReadFeatures(long index, Span<float> features);
}

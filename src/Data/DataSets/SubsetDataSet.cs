// Some samples of another data set, renumbered from zero.
namespace XClassFlow.Data.DataSets;

/// <summary>A view of chosen samples. Classes and shape are the source's. Thread-safe as the source is.</summary>
public sealed class SubsetDataSet : IDataSet
{
    private readonly IDataSet _source;
    private readonly long[] _indices;
    private readonly bool _ownsSource;

    /// <param name="source">Where the samples are.</param>
    /// <param name="indices">Sample indices in the source, in the order of this set. Kept, not copied.</param>
    /// <param name="name">Name for messages.</param>
    /// <param name="ownsSource">Whether disposing this disposes the source.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside the source.</exception>
    public SubsetDataSet(IDataSet source, long[] indices, string name, bool ownsSource = false)
    {
        foreach (var index in indices)
        {
            if ((ulong)index >= (ulong)source.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(indices), index, $"{source.Name} has {source.Count} samples");
            }
        }

        _source = source;
        _indices = indices;
        _ownsSource = ownsSource;
        Name = name;
    }

    public string Name { get; }

    public long Count => _indices.Length;

    public long Classes => _source.Classes;

    public SampleShape Shape => _source.Shape;

    /// <summary>So many samples at equal distances; the source itself where it has no more. Takes the source over.</summary>
    /// <param name="source">The samples.</param>
    /// <param name="count">How many; 0: all.</param>
    public static IDataSet Spread(IDataSet source, long count)
    {
        if (count == 0 || count >= source.Count)
        {
            return source;
        }

        long[] indices = [.. Enumerable.Range(0, checked((int)count)).Select(i => (long)((Int128)i * source.Count / count))];
        return new SubsetDataSet(source, indices, $"{count} of {source.Name}", ownsSource: true);
    }

    /// <summary>Splits by index in class (see <see cref="ClassSplit"/>). Both parts share the source, which the caller keeps and disposes last.</summary>
    /// <param name="source">The samples to split.</param>
    /// <param name="testEvery">Of each class, every so-many-th sample is test; at least 2.</param>
    public static (SubsetDataSet Train, SubsetDataSet Test) SplitByIndexInClass(IDataSet source, int testEvery)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(testEvery, 2);
        var split = new ClassSplit(source.Classes, testEvery);
        List<long> train = [], test = [];
        for (long index = 0; index < source.Count; index++)
        {
            (split.NextIsTest(source.LabelOf(index)) ? test : train).Add(index);
        }

        return (new(source, [.. train], source.Name + " (train)"), new(source, [.. test], source.Name + " (test)"));
    }

    public long LabelOf(long index) => _source.LabelOf(_indices[index]);

    public void ReadPixels(long index, Span<byte> pixels) => _source.ReadPixels(_indices[index], pixels);

    public void ReadFeatures(long index, Span<float> features) => _source.ReadFeatures(_indices[index], features);

    public void Dispose()
    {
        if (_ownsSource)
        {
            _source.Dispose();
        }
    }
}

// One record batch as plain pointers into the mapping, so that reading a sample is arithmetic and a copy.
namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>Valid as long as its file's mapping. Everything has been checked: labels, offsets and lengths.</summary>
internal readonly unsafe struct ArrowBatch
{
    public required int File { get; init; }

    /// <summary>First row, in the data set (all files).</summary>
    public required long FirstRow { get; init; }

    /// <summary>First row, in its file.</summary>
    public required long FirstRowInFile { get; init; }

    public required long Rows { get; init; }

    public required long* Labels { get; init; }

    /// <summary>Start of the content; row i is at i * row bytes, or between offsets i and i + 1.</summary>
    public required byte* Content { get; init; }

    /// <summary>Rows + 1 offsets for encoded images, otherwise null.</summary>
    public required int* Offsets { get; init; }
}

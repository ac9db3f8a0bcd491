// A data set in Arrow IPC files, memory-mapped: opening checks everything, reading copies one sample.
using System.Runtime.InteropServices;
using XClassFlow.Data.DataSets.Arrow;
using XClassFlow.Data.Preparation;

namespace XClassFlow.Data.DataSets;

/// <summary>
/// One or more Arrow IPC files (file or stream format, uncompressed), concatenated; the schema is in docs/data-format.md. Nothing is loaded: the
/// operating system pages the files in and out, so a set may be larger than memory. Reads are thread-safe, and allocate only to decode.
/// </summary>
public sealed unsafe class ArrowDataSet : IDataSet
{
    private readonly MappedFile[] _files;
    private readonly string[] _paths;
    private readonly ArrowBatch[] _batches;
    private readonly long[] _firstRows;
    private bool _disposed;

    private ArrowDataSet(string[] paths, MappedFile[] files, ArrowBatch[] batches, ArrowLayout layout)
    {
        _paths = paths;
        _files = files;
        _batches = batches;
        _firstRows = [.. batches.Select(b => b.FirstRow)];
        Count = batches[^1].FirstRow + batches[^1].Rows;
        Classes = layout.Classes;
        Shape = layout.Shape;
        Storage = layout.Storage;
        Name = paths.Length == 1 ? paths[0] : $"{paths[0]} and {paths.Length - 1} more";
    }

    public string Name { get; }

    public long Count { get; }

    public long Classes { get; }

    public SampleShape Shape { get; }

    /// <summary>How the files store a sample.</summary>
    public SampleStorage Storage { get; }

    /// <summary>Opens files and checks them: structure, nulls, labels and offsets of every row.</summary>
    /// <param name="files">Paths, in the order in which their rows are numbered. All must have the same shape, storage and number of classes.</param>
    /// <returns>The data set; the caller disposes it.</returns>
    /// <exception cref="UserErrorException">A file is missing, damaged, not of the schema, holds a bad row or does not match the first.</exception>
    public static ArrowDataSet Open(params IReadOnlyList<string> files)
    {
        if (files.Count == 0)
        {
            throw new UserErrorException("no file is named", "data set", "name at least one Arrow file");
        }

        using var opening = new ArrowOpening();
        foreach (var path in files)
        {
            opening.Add(path);
        }

        return opening.Complete((mapped, batches, layout) => new ArrowDataSet([.. files], mapped, batches, layout));
    }

    public static ArrowDataSet Open(Settings settings) => Open(settings.Files);

    public long LabelOf(long index)
    {
        ref readonly var batch = ref BatchOf(index);
        var label = batch.Labels[index - batch.FirstRow];
        GC.KeepAlive(this);
        return label;
    }

    /// <summary>File and row; rows are counted from 0, in their file.</summary>
    public string PlaceOf(long index)
    {
        ref readonly var batch = ref BatchOf(index);
        return $"{_paths[batch.File]}: row {batch.FirstRowInFile + index - batch.FirstRow}";
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">An encoded picture cannot be decoded; names file and row.</exception>
    public void ReadPixels(long index, Span<byte> pixels)
    {
        if (Storage == SampleStorage.Features)
        {
            throw new InvalidOperationException($"{Name} holds features, not pictures");
        }

        CheckLength(pixels.Length);
        ref readonly var batch = ref BatchOf(index);
        var row = index - batch.FirstRow;
        if (Storage == SampleStorage.RawPixels)
        {
            new ReadOnlySpan<byte>(batch.Content + (row * Shape.Length), Shape.Length).CopyTo(pixels);
        }
        else
        {
            Decode(in batch, row, pixels);
        }

        GC.KeepAlive(this);
    }

    public void ReadFeatures(long index, Span<float> features)
    {
        if (Storage != SampleStorage.Features)
        {
            throw new InvalidOperationException($"{Name} holds pictures, not features");
        }

        CheckLength(features.Length);
        ref readonly var batch = ref BatchOf(index);
        var bytes = (long)Shape.Length * sizeof(float);
        new ReadOnlySpan<byte>(batch.Content + ((index - batch.FirstRow) * bytes), (int)bytes).CopyTo(MemoryMarshal.AsBytes(features));
        GC.KeepAlive(this);
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private void Decode(in ArrowBatch batch, long row, Span<byte> pixels)
    {
        var (start, end) = (batch.Offsets[row], batch.Offsets[row + 1]);
        try
        {
            ImageDecoder.Decode(new ReadOnlySpan<byte>(batch.Content + start, end - start), Shape, pixels);
        }
        catch (InvalidDataException e)
        {
            throw new UserErrorException($"row {batch.FirstRowInFile + row}: {e.Message}", _paths[batch.File], "leave the row out or replace its picture", e);
        }
    }

    private void CheckLength(int length)
    {
        if (length != Shape.Length)
        {
            throw new ArgumentException($"a buffer of {length} values for a sample of {Shape.Length} ({Shape})");
        }
    }

    private ref readonly ArrowBatch BatchOf(long index)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if ((ulong)index >= (ulong)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{Name} has {Count} samples");
        }

        var found = Array.BinarySearch(_firstRows, index);
        return ref _batches[found >= 0 ? found : ~found - 1];
    }

    /// <summary>What a configuration says of the set.</summary>
    /// <param name="Files">Paths of the files, relative to the working directory.</param>
    public sealed record Settings(IReadOnlyList<string> Files)
    {
        public Settings()
            : this([])
        {
        }

        /// <exception cref="UserErrorException">No file, an empty name, or a name twice.</exception>
        public void Validate(string path)
        {
            if (Files.Count == 0)
            {
                throw new UserErrorException("no file is named", SettingsCheck.Join(path, "files"), "write files = [\"train.arrow\"]");
            }

            if (Files.Any(string.IsNullOrWhiteSpace))
            {
                throw new UserErrorException("a file name is empty", SettingsCheck.Join(path, "files"), "name an Arrow file");
            }

            if (Files.GroupBy(f => f, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            {
                throw new UserErrorException($"'{twice.Key}' is named twice", SettingsCheck.Join(path, "files"), "name each file once");
            }
        }
    }
}

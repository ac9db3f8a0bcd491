// A stored class graph, memory-mapped: opening checks it, reading is arithmetic.
using XClassFlow.Data.DataSets.Arrow;

namespace XClassFlow.Data.Graphs;

/// <summary>Owns the mapping; lists are valid until <see cref="Dispose"/>. Nothing is loaded: a graph may be larger than memory. Reading is thread-safe.</summary>
public sealed unsafe class ClassGraphFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly ClassGraphBatch[] _batches;
    private readonly long[] _firstRows;

    private ClassGraphFile(string path, MappedFile file, ClassGraphInfo info, ClassGraphBatch[] batches)
    {
        (Path, Info, _file, _batches) = (path, info, file, batches);
        _firstRows = [.. batches.Select(b => b.FirstRow)];
    }

    public string Path { get; }

    public ClassGraphInfo Info { get; }

    /// <summary>Opens a graph and checks it: structure, checksum, and that every list begins with its class and names classes that exist.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The graph; the caller disposes it.</returns>
    /// <exception cref="UserErrorException">The file is missing, damaged or something else; names it.</exception>
    public static ClassGraphFile Open(string path)
    {
        MappedFile? file = null;
        try
        {
            file = new MappedFile(path);
            var (info, batches) = ClassGraphReader.Read(file);
            return new ClassGraphFile(path, file, info, batches);
        }
        catch (ArrowFormatException e)
        {
            file?.Dispose();
            throw new UserErrorException(e.Message, path, e.Instead, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException("there is no such file", path, $"check the name (it is relative to {Environment.CurrentDirectory})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            file?.Dispose();
            throw new UserErrorException($"it cannot be read ({e.Message})", path, "name a class graph that `xclassflow graph build` wrote", e);
        }
    }

    /// <summary>The list of a class: the class itself, then its neighbours, nearest first; int32 [K].</summary>
    public ReadOnlySpan<int> Of(long @class)
    {
        if ((ulong)@class >= (ulong)Info.Classes)
        {
            throw new ArgumentOutOfRangeException(nameof(@class), @class, $"the graph has {Info.Classes} classes");
        }

        var found = Array.BinarySearch(_firstRows, @class);
        ref readonly var batch = ref _batches[found >= 0 ? found : ~found - 1];
        return new ReadOnlySpan<int>(batch.Ids + ((@class - batch.FirstRow) * Info.K), Info.K);
    }

    /// <exception cref="UserErrorException">The graph is of another number of classes.</exception>
    public void RequireClasses(long classes, string of)
    {
        if (Info.Classes != classes)
        {
            throw new UserErrorException($"is a graph of {Info.Classes} classes, {of} has {classes}", Path, "build one with `xclassflow graph build`");
        }
    }

    public void Dispose() => _file.Dispose();
}

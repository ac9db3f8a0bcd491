// Records the messages that cross the edges of a graph.
using System.Collections.Frozen;
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Recordings;

/// <summary>
/// A recording being written: recording.json and one Arrow stream per edge. Thread-safe; edges do not wait for each other. Dispose it also after a
/// fault of the run: everything given so far is written. Should the process die instead, all flushed batches remain readable.
/// </summary>
public sealed class RecordingWriter : IDisposable
{
    /// <summary>A record batch is written once this many bytes are pending on an edge, and on <see cref="Flush()"/>.</summary>
    public const int BatchBytes = 16 << 20;

    /// <summary>The largest message: Arrow batches are limited to 2 GiB in .NET.</summary>
    public const int MaxMessageBytes = 1 << 30;

    private readonly RecordingHeader _header;
    private readonly DurableFiles _files;
    private readonly List<EdgeWriter> _ordered = [];
    private readonly FrozenDictionary<string, EdgeWriter> _edges;
    private bool _closed;
    private bool _abandoned;

    /// <summary>Starts a recording.</summary>
    /// <param name="path">A directory that does not exist yet, or is empty.</param>
    /// <param name="header">What is known about the run.</param>
    /// <param name="edges">Names of all edges, in the order of the graph; they must differ.</param>
    /// <exception cref="UserErrorException">The directory cannot be made or is not empty.</exception>
    /// <exception cref="RecordingException">The files cannot be made.</exception>
    public RecordingWriter(string path, RecordingHeader header, IReadOnlyList<string> edges)
        : this(path, header, edges, DurableFiles.Disk)
    {
    }

    internal RecordingWriter(string path, RecordingHeader header, IReadOnlyList<string> edges, DurableFiles files)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(edges);
        Path = System.IO.Path.GetFullPath(path);
        _header = header;
        _files = files;
        var made = MakeDirectory();
        try
        {
            foreach (var (name, fileName) in edges.Zip(EdgeFileNames.Of(edges)))
            {
                _ordered.Add(new EdgeWriter(name, fileName, Path, files));
            }

            _edges = _ordered.ToFrozenDictionary(edge => edge.Edge.Name);
            WriteIndex(complete: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _ordered.ForEach(edge => edge.Dispose());
            Undo(made);
            throw new RecordingException(Path, 0, error);
        }
    }

    /// <summary>Why the recording is not complete, once it is closed; null where nothing failed.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Full path of the recording's directory.</summary>
    public string Path { get; }

    /// <summary>Appends a message to an edge. Its tensors are borrowed until the call returns.</summary>
    /// <exception cref="ArgumentException">The edge was not named at the start, or the message exceeds <see cref="MaxMessageBytes"/>.</exception>
    /// <exception cref="RecordingException">This edge could not be written, now or before.</exception>
    public void Write(string edge, RecordedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_edges.TryGetValue(edge, out var writer))
        {
            throw new ArgumentException($"edge '{edge}' is not in this recording; it has {string.Join(", ", _edges.Keys)}", nameof(edge));
        }

        writer.Write(message);
    }

    /// <summary>Writes what is pending on every edge, so that it survives the process.</summary>
    /// <exception cref="RecordingException">An edge could not be written; the others were.</exception>
    public void Flush()
    {
        RecordingException? first = null;
        foreach (var edge in _ordered)
        {
            try
            {
                edge.Flush();
            }
            catch (RecordingException error)
            {
                first ??= error;
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    /// <summary>The run failed: everything given so far is kept, and the recording will say that it is not complete.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Closes every edge and completes recording.json. Does not throw: a recording that could not be completed says so itself; see <see cref="Failure"/>.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _ordered.ForEach(edge => edge.Dispose());
        Failure = _ordered.Find(edge => edge.Failed)?.Failure;
        try
        {
            WriteIndex(complete: !_abandoned && !_ordered.Exists(edge => edge.Failed));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first index is still there and says that the recording is not complete.
            Failure ??= new RecordingException(Path, 0, error);
        }
    }

    private void WriteIndex(bool complete) =>
        _files.Replace(System.IO.Path.Combine(Path, RecordingIndex.FileName), new RecordingIndex(_header, [.. _ordered.Select(edge => edge.Edge)], complete).ToJson());

    // Nothing was recorded, so nothing stays; the directory was made here, or empty.
    private void Undo(bool made)
    {
        foreach (var file in Directory.EnumerateFiles(Path))
        {
            DurableFiles.TryDelete(file);
        }

        if (made)
        {
            DurableFiles.TryDelete(Path);
        }
    }

    // Returns whether it was not there.
    private bool MakeDirectory()
    {
        var made = !Directory.Exists(Path);
        try
        {
            Directory.CreateDirectory(Path);
            if (Directory.EnumerateFileSystemEntries(Path).Any())
            {
                throw new UserErrorException("is not empty", Path, "name a new directory for the recording");
            }

            return made;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"no recording can be written here: {error.Message}", Path, "name a directory that can be made", error);
        }
    }
}

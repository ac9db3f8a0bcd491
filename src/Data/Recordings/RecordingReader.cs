// Opens a recording and enumerates the messages of an edge.
using Apache.Arrow;
using Apache.Arrow.Ipc;
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Recordings;

/// <summary>A recording on disk. Holds nothing open between enumerations; thread-safe.</summary>
public sealed class RecordingReader
{
    private readonly RecordingIndex _index;

    private RecordingReader(string path, RecordingIndex index)
    {
        Path = path;
        _index = index;
    }

    /// <summary>Full path of the recording's directory.</summary>
    public string Path { get; }

    public RecordingHeader Header => _index.Header;

    /// <summary>False where the run failed, the process died while recording, or an edge could not be written: edges then end at their last whole batch.</summary>
    public bool Complete => _index.Complete;

    /// <summary>The edges in the order of the graph.</summary>
    public IReadOnlyList<RecordedEdge> Edges => _index.Edges;

    /// <summary>Opens a recording.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="verifyChecksums">Reads every file once, in a complete recording; lengths are checked in any case.</param>
    /// <exception cref="UserErrorException">It is missing or damaged; the message names the file.</exception>
    public static RecordingReader Open(string path, bool verifyChecksums = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            throw new UserErrorException("there is no such recording", full, "name the directory that holds recording.json");
        }

        var reader = new RecordingReader(full, RecordingIndex.Read(System.IO.Path.Combine(full, RecordingIndex.FileName)));
        foreach (var edge in reader.Edges)
        {
            reader.Check(edge, verifyChecksums);
        }

        return reader;
    }

    /// <summary>
    /// The messages of an edge in the order in which they were written, streamed: one record batch is in memory at a time. A message's tensors
    /// are valid until the enumeration moves on (or ends); copy what is needed longer.
    /// </summary>
    /// <exception cref="UserErrorException">There is no such edge; while enumerating: the file is damaged.</exception>
    public IEnumerable<RecordedMessage> Messages(string edge)
    {
        var found = Edges.FirstOrDefault(other => other.Name == edge)
            ?? throw new UserErrorException($"has no edge '{edge}'", Path, $"it has {string.Join(", ", Edges.Select(other => other.Name))}");
        return Enumerate(found);
    }

    private IEnumerable<RecordedMessage> Enumerate(RecordedEdge edge)
    {
        var path = PathOf(edge);
        using var file = OpenFile(path);
        using var arrow = new ArrowStreamReader(file, leaveOpen: true);
        long messages = 0;
        while (Next(arrow, file, path) is { } batch)
        {
            using (batch)
            {
                for (var row = 0; row < batch.Count; row++)
                {
                    messages++;
                    yield return Message(batch, row, path);
                }
            }
        }

        if (Complete && messages != edge.Messages)
        {
            throw Damaged(path, $"it holds {messages} messages, {edge.Messages} were written");
        }
    }

    // Null at the end of the stream, and in an incomplete recording where the file ends inside a batch.
    private MessageBatch? Next(ArrowStreamReader arrow, FileStream file, string path)
    {
        RecordBatch? batch = null;
        try
        {
            batch = arrow.ReadNextRecordBatch();
            if (!MessageSchema.Matches(arrow.Schema))
            {
                throw new InvalidDataException($"its columns are {MessageSchema.Describe(arrow.Schema)}");
            }

            return batch is null ? null : new MessageBatch(batch);
        }
        catch (Exception error) when (error is not UserErrorException)
        {
            // Arrow reports damage by whatever exception its parsing runs into.
            batch?.Dispose();
            return !Complete && file.Position == file.Length ? null : throw Damaged(path, error.Message, error);
        }
    }

    private static RecordedMessage Message(MessageBatch batch, int row, string path)
    {
        try
        {
            return batch.Message(row);
        }
        catch (Exception error) when (error is InvalidDataException or InvalidCastException or ArgumentException or IndexOutOfRangeException)
        {
            throw Damaged(path, $"row {row} of a batch: {error.Message}", error);
        }
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot be read: {error.Message}", path, inner: error);
        }
    }

    private static UserErrorException Damaged(string path, string what, Exception? inner = null) =>
        new($"is damaged: {what}", path, "use another copy, or record again", inner);

    private string PathOf(RecordedEdge edge) => System.IO.Path.Combine(Path, edge.File);

    private void Check(RecordedEdge edge, bool verifyChecksums)
    {
        if (edge is { ByteLength: { } length, Checksum: { } checksum } && verifyChecksums)
        {
            FileChecksum.Check(PathOf(edge), length, checksum, CancellationToken.None);
        }
        else
        {
            FileChecksum.CheckLength(PathOf(edge), edge is { ByteLength: { } known } ? known : new FileInfo(PathOf(edge)) is { Exists: true } file ? file.Length : 0);
        }
    }
}

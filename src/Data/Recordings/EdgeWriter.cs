// Writes one edge's file: an Arrow IPC stream, batch by batch.
using Apache.Arrow.Ipc;
using XClassFlow.Data.Checkpoints;

namespace XClassFlow.Data.Recordings;

/// <summary>
/// Owns the file. After a failed write the file is cut back to the last whole batch and every later call fails with the same error; the file stays
/// a readable stream. Calls are serialized by a lock, which one writing thread never waits for.
/// </summary>
internal sealed class EdgeWriter : IDisposable
{
    private readonly string _path;
    private readonly Stream _file;
    private readonly HashingStream _stream;
    private readonly ArrowStreamWriter _arrow;
    private readonly MessageBatchBuilder _batch = new();
    private readonly Lock _writing = new();
    private RecordingException? _failure;
    private long _wholeMessages;
    private long _wholeBytes;
    private bool _closed;

    /// <exception cref="IOException">The file cannot be made.</exception>
    public EdgeWriter(string name, string fileName, string directory, DurableFiles files)
    {
        Edge = new RecordedEdge(name, fileName);
        _path = Path.Combine(directory, fileName);
        _file = files.Create(_path, 0);
        _stream = new HashingStream(_file);
        _arrow = new ArrowStreamWriter(_stream, MessageSchema.Schema, leaveOpen: true);
        try
        {
            _arrow.WriteStart();
            _stream.Flush();
            _wholeBytes = _stream.Length;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The edge; with lengths and checksum once it is closed.</summary>
    public RecordedEdge Edge { get; private set; }

    /// <summary>Why it is not whole; null where it is.</summary>
    public RecordingException? Failure => _failure;

    public bool Failed => _failure is not null;

    public void Write(RecordedMessage message)
    {
        var bytes = MessageBatchBuilder.SizeOf(message);
        if (bytes > RecordingWriter.MaxMessageBytes)
        {
            throw new ArgumentException($"edge '{Edge.Name}', step {message.Step}: a message of {bytes} bytes, at most {RecordingWriter.MaxMessageBytes} fit into a recording", nameof(message));
        }

        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_batch.Bytes + bytes > RecordingWriter.BatchBytes)
            {
                FlushBatch();
            }

            ThrowIfFailed();
            _batch.Append(message);
            if (_batch.Bytes >= RecordingWriter.BatchBytes)
            {
                FlushBatch();
            }
        }
    }

    public void Flush()
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            FlushBatch();
        }
    }

    /// <summary>Writes what is pending and the end of the stream. Does not throw: see <see cref="Failed"/>.</summary>
    public void Dispose()
    {
        lock (_writing)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            try
            {
                FlushBatch();
                Attempt(8, _arrow.WriteEnd);
            }
            catch (RecordingException)
            {
                // Kept in _failure: the recording says of itself that it is not complete.
            }

            Edge = Edge with { Messages = _wholeMessages, ByteLength = _wholeBytes, Checksum = Failed ? null : _stream.Checksum };
            _file.Dispose();
        }
    }

    private void FlushBatch()
    {
        ThrowIfFailed();
        if (_batch.Count == 0)
        {
            return;
        }

        Attempt(_batch.Bytes, () =>
        {
            using var batch = _batch.ToArrow();
            _arrow.WriteRecordBatch(batch);
            GC.KeepAlive(batch);
        });
        _wholeMessages += _batch.Count;
        _batch.Clear();
    }

    private void Attempt(long bytes, Action write)
    {
        try
        {
            write();
            _stream.Flush();
            _wholeBytes = _stream.Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _failure = new RecordingException(_path, bytes, error);
            CutBack();
            throw _failure;
        }
    }

    private void CutBack()
    {
        try
        {
            _file.SetLength(_wholeBytes);
        }
        catch (IOException)
        {
            // A reader of an incomplete recording stops at the last whole batch by itself.
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new RecordingException(_path, _failure.NeededBytes, _failure.InnerException!);
        }
    }
}

// Writes one checkpoint: files under a hidden name, then the manifest, then the rename that makes it exist.
using System.Text;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A checkpoint being written, by one thread. Everything is hashed while it is written and synced to the device. Any failure removes the partial
/// directory and raises <see cref="CheckpointException"/>; so does disposing without <see cref="Commit"/>, silently.
/// </summary>
public sealed class CheckpointWriter : IDisposable
{
    private readonly CheckpointDirectory _directory;
    private readonly DurableFiles _files;
    private readonly FileStream _guard;
    private readonly string _partial;
    private readonly Dictionary<string, CheckpointFile> _written = [];
    private bool _closed;

    internal CheckpointWriter(CheckpointDirectory directory, long step, DurableFiles files, FileStream guard)
    {
        _directory = directory;
        _files = files;
        _guard = guard;
        Step = step;
        _partial = Path.Combine(directory.Path, CheckpointNames.Partial(step));
    }

    /// <summary>Number of weight updates done.</summary>
    public long Step { get; }

    /// <summary>Bytes written so far.</summary>
    public long BytesWritten => _written.Values.Sum(file => file.ByteLength);

    /// <summary>Adds a safetensors file. The blocks are borrowed until the call returns.</summary>
    /// <param name="fileName">Plain name, e.g. "backbone.safetensors"; for head shards see <see cref="HeadShard"/>.</param>
    /// <param name="metadata">Free strings of the file; may be null.</param>
    /// <param name="tensors">Any order; names must differ.</param>
    /// <exception cref="CheckpointException">It cannot be written; the checkpoint is gone.</exception>
    /// <exception cref="ArgumentException">The name is taken or not plain, or two tensors share a name.</exception>
    public void AddTensors(string fileName, IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<TensorBlock> tensors) =>
        Add(fileName, SafetensorsWriter.Measure(metadata, tensors), stream => SafetensorsWriter.Write(stream, metadata, tensors));

    /// <summary>Adds a file of any content.</summary>
    /// <exception cref="CheckpointException">It cannot be written; the checkpoint is gone.</exception>
    /// <exception cref="ArgumentException">The name is taken or not plain.</exception>
    public void AddFile(string fileName, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Add(fileName, content.Length, stream => stream.Write(content));
    }

    /// <summary>Adds a text file in UTF-8.</summary>
    /// <inheritdoc cref="AddFile"/>
    public void AddText(string fileName, string text) => AddFile(fileName, Encoding.UTF8.GetBytes(text));

    /// <summary>Makes the checkpoint exist, then the latest, then deletes those that are too many.</summary>
    /// <returns>Full path of the checkpoint.</returns>
    /// <exception cref="CheckpointException">A step failed. Before the rename the checkpoint is gone; after it, it is complete but may not be the latest.</exception>
    public string Commit(CheckpointInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        ObjectDisposedException.ThrowIf(_closed, this);
        var manifest = new CheckpointManifest(Step, DateTimeOffset.UtcNow, info, [.. _written.Values]).ToJson();
        Store(CheckpointManifest.FileName, manifest.Length, stream => stream.Write(manifest));
        var path = _directory.PathOf(Step);
        Guard(path, 0, null, () =>
        {
            _files.SyncDirectory(_partial);
            MoveInto(path);
        });
        Guard(_directory.Path, 0, null, () =>
        {
            _files.SyncDirectory(_directory.Path);
            DurableFiles.TryDelete(Path.Combine(_directory.Path, CheckpointNames.Replaced(Step)));
            _directory.Publish(Step);
        });
        Close();
        return path;
    }

    public void Dispose()
    {
        if (!_closed)
        {
            DurableFiles.TryDelete(_partial);
            Close();
        }
    }

    private void Close()
    {
        _closed = true;
        _guard.Dispose();
    }

    private void Add(string fileName, long bytes, Action<Stream> write)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (!CheckpointNames.IsFile(fileName) || _written.ContainsKey(fileName))
        {
            throw new ArgumentException($"'{fileName}' is not a plain file name, or is in the checkpoint already", nameof(fileName));
        }

        _written.Add(fileName, Store(fileName, bytes, write));
    }

    private CheckpointFile Store(string fileName, long bytes, Action<Stream> write)
    {
        var path = Path.Combine(_partial, fileName);
        CheckpointFile? file = null;
        Guard(path, bytes, DurableFiles.FreeBytes(_partial), () =>
        {
            using var stream = _files.Create(path, bytes);
            using var hashing = new HashingStream(stream);
            write(hashing);
            hashing.Flush();
            _files.Sync(stream);
            file = new CheckpointFile(fileName, hashing.Length, hashing.Checksum);
        });
        return file!;
    }

    // An older checkpoint of the same step keeps its name until the new one is ready, and gets it back if the rename fails.
    private void MoveInto(string path)
    {
        if (!Directory.Exists(path))
        {
            _files.Rename(_partial, path);
            return;
        }

        var replaced = Path.Combine(_directory.Path, CheckpointNames.Replaced(Step));
        _files.Rename(path, replaced);
        try
        {
            _files.Rename(_partial, path);
        }
        catch
        {
            Directory.Move(replaced, path);
            throw;
        }
    }

    private void Guard(string path, long neededBytes, long? freeBytes, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new CheckpointException(path, neededBytes, freeBytes, error);
        }
    }
}

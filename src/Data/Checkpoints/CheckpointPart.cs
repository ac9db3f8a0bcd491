// The files that one writer adds to a checkpoint in the making.
using System.Text;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// One writer's part of a checkpoint, used by one thread. Everything is hashed while it is written and synced to the device. A failure leaves the partial directory to
/// the coordinator: this writer cannot know what others are doing in it.
/// </summary>
public sealed class CheckpointPart
{
    private readonly string _partial;
    private readonly DurableFiles _files;
    private readonly CancellationToken _abort;
    private readonly Dictionary<string, CheckpointFile> _written = [];

    internal CheckpointPart(string partial, DurableFiles files, CancellationToken abort)
    {
        _abort = abort;
        _partial = partial;
        _files = files;
    }

    /// <summary>What was added so far.</summary>
    public IReadOnlyCollection<CheckpointFile> Files => _written.Values;

    /// <summary>Adds a safetensors file. The blocks are borrowed until the call returns.</summary>
    /// <param name="fileName">Plain name, e.g. "backbone.safetensors"; for head shards see <see cref="HeadShard"/>. No other writer may use it.</param>
    /// <param name="metadata">Free strings of the file; may be null.</param>
    /// <param name="tensors">Any order; names must differ.</param>
    /// <exception cref="CheckpointException">It cannot be written, or the attempt is over.</exception>
    /// <exception cref="OperationCanceledException">Writing was given up, <see cref="CheckpointDirectory.Abort"/>.</exception>
    /// <exception cref="ArgumentException">The name is taken or not plain, or two tensors share a name.</exception>
    public void AddTensors(string fileName, IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<TensorBlock> tensors) =>
        Add(fileName, SafetensorsWriter.Measure(metadata, tensors), stream => SafetensorsWriter.Write(stream, metadata, tensors));

    /// <summary>Adds a file of any content.</summary>
    /// <exception cref="CheckpointException">It cannot be written, or the attempt is over.</exception>
    /// <exception cref="ArgumentException">The name is taken or not plain.</exception>
    public void AddFile(string fileName, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Add(fileName, content.Length, stream => stream.Write(content));
    }

    /// <summary>Adds a text file in UTF-8.</summary>
    /// <inheritdoc cref="AddFile"/>
    public void AddText(string fileName, string text) => AddFile(fileName, Encoding.UTF8.GetBytes(text));

    /// <summary>Syncs the directory as this machine sees it.</summary>
    /// <returns>What the coordinator must know to commit: every file that was added.</returns>
    /// <exception cref="CheckpointException">It cannot be synced, or the attempt is over.</exception>
    public IReadOnlyList<CheckpointFile> Complete()
    {
        Guard(_partial, 0, () => _files.SyncDirectory(_partial));
        return [.. _written.Values];
    }

    /// <summary>Writes one file without entering it in the list; the name may be taken.</summary>
    internal CheckpointFile Store(string fileName, long bytes, Action<Stream> write)
    {
        var path = Path.Combine(_partial, fileName);
        CheckpointFile? file = null;
        Guard(path, bytes, () =>
        {
            using var stream = _files.Create(path, bytes);
            using var hashing = new HashingStream(stream, _abort);
            write(hashing);
            hashing.Flush();
            _files.Sync(stream);
            file = new CheckpointFile(fileName, hashing.Length, hashing.Checksum);
        });
        return file!;
    }

    private void Add(string fileName, long bytes, Action<Stream> write)
    {
        if (!CheckpointNames.IsFile(fileName) || _written.ContainsKey(fileName))
        {
            throw new ArgumentException($"'{fileName}' is not a plain file name, or is in the checkpoint already", nameof(fileName));
        }

        _written.Add(fileName, Store(fileName, bytes, write));
    }

    private void Guard(string path, long bytes, Action action)
    {
        var free = bytes > 0 ? DurableFiles.FreeBytes(_partial) : null;
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Directory.Exists(_partial)
                ? new CheckpointException(path, bytes, free, error)
                : new CheckpointAbandonedException(_partial, "it was taken away while this part was written");
        }
    }
}

// Coordinates one checkpoint: files under a hidden name, then the manifest, then the rename that makes it exist.
using System.Text;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A checkpoint in the making, at the one who began it; used by one thread. It may add files itself, and others may join (<see cref="CheckpointDirectory.Join"/>) by the
/// name of the attempt and hand it their lists of files. Any failure removes the partial directory and raises <see cref="CheckpointException"/>; so does
/// disposing without <see cref="Commit"/>, silently. Writers that are still at work in it then fail.
/// </summary>
public sealed class CheckpointWriter : IDisposable
{
    private readonly CheckpointDirectory _directory;
    private readonly DurableFiles _files;
    private readonly FileStream _guard;
    private readonly string _partial;
    private readonly CheckpointPart _own;
    private bool _closed;

    internal CheckpointWriter(CheckpointDirectory directory, long step, string partial, DurableFiles files, FileStream guard)
    {
        _directory = directory;
        _files = files;
        _guard = guard;
        _partial = partial;
        _own = new CheckpointPart(partial, files, directory.Abort);
        Step = step;
    }

    /// <summary>Number of weight updates done.</summary>
    public long Step { get; }

    /// <summary>What other writers need to join: a name that no other attempt has, valid on every machine that shares the directory, wherever it is mounted.</summary>
    public string Attempt => Path.GetFileName(_partial);

    /// <summary>Adds a safetensors file. The blocks are borrowed until the call returns.</summary>
    /// <param name="fileName">Plain name, e.g. "backbone.safetensors"; for head shards see <see cref="HeadShard"/>.</param>
    /// <param name="metadata">Free strings of the file; may be null.</param>
    /// <param name="tensors">Any order; names must differ.</param>
    /// <exception cref="CheckpointException">It cannot be written; the checkpoint is gone.</exception>
    /// <exception cref="ArgumentException">The name is taken or not plain, or two tensors share a name.</exception>
    public void AddTensors(string fileName, IReadOnlyDictionary<string, string>? metadata, IReadOnlyList<TensorBlock> tensors) =>
        Guard(() => _own.AddTensors(fileName, metadata, tensors));

    /// <summary>Adds a file of any content.</summary>
    /// <exception cref="CheckpointException">It cannot be written; the checkpoint is gone.</exception>
    /// <exception cref="ArgumentException">The name is taken or not plain.</exception>
    public void AddFile(string fileName, byte[] content) => Guard(() => _own.AddFile(fileName, content));

    /// <summary>Adds a text file in UTF-8.</summary>
    /// <inheritdoc cref="AddFile"/>
    public void AddText(string fileName, string text) => AddFile(fileName, Encoding.UTF8.GetBytes(text));

    /// <summary>Makes the checkpoint exist, then the latest, then deletes those that are too many.</summary>
    /// <param name="info">The run's part of the manifest.</param>
    /// <param name="others">What the writers that joined have added.</param>
    /// <returns>Full path of the checkpoint.</returns>
    /// <exception cref="CheckpointException">A file is not there with its length, or a step failed. Before the rename the checkpoint is gone; after it, it is complete but may
    /// not be the latest.</exception>
    /// <exception cref="ArgumentException">Two files have one name, or a name is not plain.</exception>
    public string Commit(CheckpointInfo info, params IReadOnlyList<CheckpointFile> others)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(others);
        // By name, so that the manifest does not depend on who was ready first.
        CheckpointFile[] files = [.. _own.Files.Concat(others).OrderBy(file => file.Name, StringComparer.Ordinal)];
        if (Array.Find(files, file => !CheckpointNames.IsFile(file.Name)) is { } odd)
        {
            throw new ArgumentException($"'{odd.Name}' is not a plain file name", nameof(others));
        }

        if (files.GroupBy(file => file.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"two writers added '{twice.Key}'", nameof(others));
        }

        var path = _directory.PathOf(Step);
        Guard(() =>
        {
            _directory.Fence?.Require();
            Array.ForEach(files, RequireThere);
            var manifest = new CheckpointManifest(Step, DateTimeOffset.UtcNow, info, files).ToJson();
            _own.Store(CheckpointManifest.FileName, manifest.Length, stream => stream.Write(manifest));
            _own.Complete();
            _directory.Fence?.Require();
            Try(path, () => MoveInto(path));
            Try(_directory.Path, () =>
            {
                _files.SyncDirectory(_directory.Path);
                DurableFiles.TryDelete(Path.Combine(_directory.Path, CheckpointNames.Replaced(Step)));
                _directory.Publish(Step);
            });
        });
        Close();
        return path;
    }

    public void Dispose()
    {
        if (!_closed)
        {
            DurableFiles.TryRemove(_partial);
            Close();
        }
    }

    private static void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, 0, null, error);
        }
    }

    private void Close()
    {
        _closed = true;
        _guard.Dispose();
    }

    // A writer may have lost the directory, or written into another one that is mounted in the same place.
    private void RequireThere(CheckpointFile file)
    {
        var path = Path.Combine(_partial, file.Name);
        Try(path, () =>
        {
            var found = new FileInfo(path);
            if (!found.Exists || found.Length != file.ByteLength)
            {
                throw new IOException(found.Exists
                    ? $"it has {found.Length} bytes, {file.ByteLength} were written"
                    : "it is not there, though a writer has written it: all machines must share this directory");
            }
        });
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

    private void Guard(Action action)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        try
        {
            action();
        }
        catch (CheckpointException)
        {
            Dispose();
            throw;
        }
    }
}

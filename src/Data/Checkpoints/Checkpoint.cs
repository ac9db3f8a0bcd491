// Opens one checkpoint for reading and says whether it is whole.
using System.Text;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A checkpoint on disk. Owns the readers it hands out: they and the blocks taken from them end with it. Thread-safe.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly Dictionary<string, CheckpointFile> _files;
    private readonly Dictionary<string, SafetensorsReader> _readers = [];
    private readonly Lock _opening = new();
    private readonly CancellationToken _abort;

    private Checkpoint(string path, bool verifyChecksums, CancellationToken abort)
    {
        _abort = abort;
        Path = System.IO.Path.GetFullPath(path);
        Manifest = CheckpointManifest.Read(System.IO.Path.Combine(Path, CheckpointManifest.FileName));
        _files = Manifest.Files.ToDictionary(file => file.Name);
        foreach (var file in Manifest.Files)
        {
            FileChecksum.CheckLength(PathOf(file.Name), file.ByteLength);
        }

        if (verifyChecksums)
        {
            foreach (var file in Manifest.Files)
            {
                Verify(file.Name);
            }
        }
    }

    /// <summary>Full path of the checkpoint's directory.</summary>
    public string Path { get; }

    public CheckpointManifest Manifest { get; }

    /// <summary>Number of weight updates done.</summary>
    public long Step => Manifest.Step;

    /// <summary>Names of its files, the manifest left out.</summary>
    public IReadOnlyCollection<string> Files => _files.Keys;

    /// <summary>Opens a checkpoint, or the latest one of a directory of checkpoints.</summary>
    /// <param name="path">step-000000123/ or the directory above it.</param>
    /// <param name="verifyChecksums">Reads every file once; lengths are checked in any case. A rank that reads a part of a large checkpoint may
    /// leave it out and call <see cref="Verify"/>.</param>
    /// <param name="abort">Gives up reading for checksums, now and in <see cref="Verify"/>: of a large checkpoint it takes minutes.</param>
    /// <exception cref="UserErrorException">There is none, or it is damaged; the message names the file.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> was signalled.</exception>
    public static Checkpoint Open(string path, bool verifyChecksums = true, CancellationToken abort = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(System.IO.Path.Combine(path, CheckpointManifest.FileName)) || CheckpointNames.ParseStep(System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path))) is not null
            ? new Checkpoint(path, verifyChecksums, abort)
            : OpenLatest(path, verifyChecksums, abort);
    }

    /// <summary>Opens the checkpoint that was written last in a directory.</summary>
    /// <inheritdoc cref="Open"/>
    public static Checkpoint OpenLatest(string directory, bool verifyChecksums = true, CancellationToken abort = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
        {
            throw new UserErrorException("there is no such directory of checkpoints", directory, "name one that a run wrote with --checkpoint");
        }

        // `latest` may name a directory that somebody deleted: then the newest that is there.
        var named = NamedLatest(directory);
        var step = named is not null && Directory.Exists(System.IO.Path.Combine(directory, CheckpointNames.Step(named.Value)))
            ? named
            : CheckpointDirectory.NewestFirst(directory).Cast<long?>().FirstOrDefault();
        return step is null
            ? throw new UserErrorException("holds no checkpoint", directory, "name a directory with step-... in it")
            : new Checkpoint(System.IO.Path.Combine(directory, CheckpointNames.Step(step.Value)), verifyChecksums, abort);
    }

    public bool Contains(string fileName) => _files.ContainsKey(fileName);

    /// <summary>Checks one file's content against the manifest.</summary>
    /// <exception cref="UserErrorException">It is not in the checkpoint, or is damaged; the message names it.</exception>
    /// <exception cref="OperationCanceledException">Reading was given up.</exception>
    public void Verify(string fileName)
    {
        var file = Find(fileName);
        FileChecksum.Check(PathOf(fileName), file.ByteLength, file.Checksum, _abort);
    }

    /// <summary>A safetensors file, opened at first use. Owned by this checkpoint: do not dispose it.</summary>
    /// <exception cref="UserErrorException">It is not in the checkpoint, or is damaged.</exception>
    public SafetensorsReader Tensors(string fileName)
    {
        Find(fileName);
        lock (_opening)
        {
            if (!_readers.TryGetValue(fileName, out var reader))
            {
                reader = SafetensorsReader.Open(PathOf(fileName));
                _readers.Add(fileName, reader);
            }

            return reader;
        }
    }

    /// <summary>Content of a small file.</summary>
    /// <exception cref="UserErrorException">It is not in the checkpoint or cannot be read.</exception>
    public byte[] Bytes(string fileName)
    {
        Find(fileName);
        try
        {
            return File.ReadAllBytes(PathOf(fileName));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot be read: {error.Message}", PathOf(fileName), inner: error);
        }
    }

    /// <summary>Content of a small UTF-8 file.</summary>
    /// <inheritdoc cref="Bytes"/>
    public string Text(string fileName) => Encoding.UTF8.GetString(Bytes(fileName));

    public void Dispose()
    {
        lock (_opening)
        {
            foreach (var reader in _readers.Values)
            {
                reader.Dispose();
            }

            _readers.Clear();
        }
    }

    private static long? NamedLatest(string directory)
    {
        try
        {
            return CheckpointNames.ParseStep(File.ReadAllText(System.IO.Path.Combine(directory, CheckpointNames.Latest)).TrimEnd('\n'));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string PathOf(string fileName) => System.IO.Path.Combine(Path, fileName);

    private CheckpointFile Find(string fileName) =>
        _files.TryGetValue(fileName, out var file)
            ? file
            : throw new UserErrorException($"holds no file '{fileName}'", Path, $"it holds {string.Join(", ", _files.Keys.Take(20))}");
}

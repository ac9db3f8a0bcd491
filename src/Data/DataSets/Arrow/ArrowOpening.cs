// Opens the files of a data set one by one and hands them over together, or closes them all if one is bad.
namespace XClassFlow.Data.DataSets.Arrow;

/// <summary>Owns the mappings until <see cref="Complete"/>; translates every defect into a <see cref="UserErrorException"/> with the file's name.</summary>
internal sealed class ArrowOpening : IDisposable
{
    private readonly List<MappedFile> _files = [];
    private readonly List<string> _paths = [];
    private readonly List<ArrowBatch> _batches = [];
    private ArrowLayout? _layout;
    private long _rows;

    public void Add(string path)
    {
        try
        {
            AddChecked(path);
        }
        catch (ArrowFormatException e)
        {
            throw new UserErrorException(e.Message, path, e.Instead, e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException("there is no such file", path, $"check the name (it is relative to {Environment.CurrentDirectory})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException($"it cannot be read ({e.Message})", path, "name a readable Arrow file", e);
        }
    }

    /// <summary>Builds the data set, which then owns the mappings.</summary>
    public T Complete<T>(Func<MappedFile[], ArrowBatch[], ArrowLayout, T> build)
    {
        // A row must exist: everything downstream divides by the number of samples.
        if (_rows == 0)
        {
            throw new UserErrorException("there is not one sample", _paths[0], "write at least one row");
        }

        var set = build([.. _files], [.. _batches], _layout!);
        _files.Clear();
        return set;
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private void AddChecked(string path)
    {
        var file = new MappedFile(path);
        _files.Add(file);
        _paths.Add(path);
        var messages = new IpcReader(file);
        if (!messages.MoveNext() || messages.Kind != IpcMessageKind.Schema)
        {
            throw ArrowFormatException.Damaged("the first message is not a schema");
        }

        var layout = ArrowLayout.From(messages.Current);
        CheckSame(layout);
        _layout ??= layout;
        var reader = new ArrowBatchReader(file, messages, layout);
        var rowsBefore = _rows;
        while (messages.MoveNext())
        {
            if (messages.Kind == IpcMessageKind.RecordBatch)
            {
                var batch = reader.Read(_files.Count - 1, rowsBefore);
                if (batch.Rows > 0)
                {
                    _batches.Add(batch);
                    _rows += batch.Rows;
                }
            }
            else if (messages.Kind != IpcMessageKind.DictionaryBatch)
            {
                throw ArrowFormatException.Damaged($"a message of kind {(int)messages.Kind} among the batches");
            }
        }
    }

    private void CheckSame(ArrowLayout layout)
    {
        if (_layout is null)
        {
            return;
        }

        if (layout.Shape != _layout.Shape || layout.Storage != _layout.Storage)
        {
            throw new ArrowFormatException(
                $"its samples are {layout.Shape} ({layout.Storage}) but those of '{_paths[0]}' are {_layout.Shape} ({_layout.Storage})",
                "give files of one shape and storage");
        }

        if (layout.Classes != _layout.Classes)
        {
            throw new ArrowFormatException($"it has {layout.Classes} classes but '{_paths[0]}' has {_layout.Classes}", "give files with the same metadata 'classes'");
        }
    }
}

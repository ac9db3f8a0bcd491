// The files an import is writing: the training set, the test set and the class names appear together at the end or not at all.
using XClassFlow.Data.DataSets;

namespace XClassFlow.Data.Import;

/// <summary>Owns the writers. Disposing without <see cref="Complete"/> leaves nothing behind.</summary>
internal sealed class ImportOutput : IDisposable
{
    private readonly ImportTarget _target;
    private readonly SampleShape _shape;
    private readonly SampleStorage _storage;
    private readonly long _classes;
    private readonly ClassSplit _split;
    private readonly ArrowDataSetWriter _train;
    private readonly ArrowDataSetWriter? _test;
    private readonly string _partialNames;

    public ImportOutput(ImportTarget target, SampleShape shape, long classes, SampleStorage storage)
    {
        (_target, _shape, _classes, _storage) = (target, shape, classes, storage);
        _partialNames = $"{target.ClassNamesPath}.{Environment.ProcessId}-{Guid.NewGuid():N}.partial";
        _split = new ClassSplit(classes, target.TestEvery);
        _train = new ArrowDataSetWriter(target.Out, shape, classes, storage);
        try
        {
            _test = target.TestPath.Length == 0 ? null : new ArrowDataSetWriter(target.TestPath, shape, classes, storage);
        }
        catch
        {
            _train.Dispose();
            throw;
        }
    }

    public long Count => _train.Count + (_test?.Count ?? 0);

    /// <summary>Adds a sample to the training or the test set: pixels or a picture file, as the storage says.</summary>
    public void Add(long label, ReadOnlySpan<byte> content) => Add(label, content, _split.NextIsTest(label));

    /// <summary>The same where the importer knows which set it belongs to (<see cref="ImportTarget.OwnTest"/>).</summary>
    public void Add(long label, ReadOnlySpan<byte> content, bool isTest)
    {
        var writer = isTest ? _test! : _train;
        if (_storage == SampleStorage.RawPixels)
        {
            writer.WritePixels(label, content);
        }
        else
        {
            writer.WriteEncoded(label, content);
        }
    }

    /// <param name="skipped">Files that were left out.</param>
    /// <param name="classNames">Lines of the class name file; null for none.</param>
    public ImportResult Complete(IReadOnlyList<SkippedFile> skipped, IEnumerable<string>? classNames)
    {
        if (Count == 0)
        {
            var first = skipped.Count > 0 ? $" (the first: {skipped[0].Path}: {skipped[0].Reason})" : "";
            throw new UserErrorException($"not one sample can be read{first}", _target.Out, "check the input");
        }

        if (_test is { Count: 0 })
        {
            throw _target.OwnTest ? new UserErrorException("the test set would be empty", _target.TestPath, "hold out something that has samples of the classes") : new UserErrorException(
                $"no class has {_target.TestEvery} samples, so the test set would be empty", _target.TestPath, "hold out more often (smaller test-every), or do not split");
        }

        // All that can run out of space comes first; then only renames are left.
        _train.Seal();
        _test?.Seal();
        WriteNames(classNames);
        List<string> files = [_target.Out];
        _train.Complete();
        if (_test is not null)
        {
            _test.Complete();
            files.Add(_target.TestPath);
        }

        if (classNames is not null)
        {
            OutputException.Guard(_target.ClassNamesPath, () => File.Move(_partialNames, _target.ClassNamesPath, overwrite: true));
            files.Add(_target.ClassNamesPath);
        }

        return new(_train.Count, _test?.Count ?? 0, _classes, _shape, _storage, files, skipped);
    }

    public void Dispose()
    {
        // The training set's writer last: it may have made the folder that the others write to.
        File.Delete(_partialNames);
        _test?.Dispose();
        _train.Dispose();
    }

    private void WriteNames(IEnumerable<string>? lines)
    {
        if (lines is not null)
        {
            OutputException.Guard(_target.ClassNamesPath, () => File.WriteAllLines(_partialNames, lines));
        }
    }
}

// Writes the best classes of every sample as an Arrow file.
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;

namespace XClassFlow.Data.Predictions;

/// <summary>
/// One row per sample, in the order of the data set: sample int64, label int64 (-1: unknown), classes fixed-size list of int64 [k], best first, and scores fixed-size
/// list of float [k] (logits). The file is written beside its place and moved there by <see cref="Commit"/>.
/// </summary>
public sealed class PredictionWriter : IDisposable
{
    private readonly string _path;
    private readonly ParentFolders _folders;
    private readonly string _partial;
    private readonly FileStream _stream;
    private ArrowFileWriter? _writer;
    private Schema? _schema;
    private int _k;
    private long _sample;
    private bool _closed;

    /// <exception cref="UserErrorException">The file cannot be made there.</exception>
    public PredictionWriter(string path)
    {
        _path = path;
        _partial = path + ".partial";
        _folders = new ParentFolders(path);
        try
        {
            _stream = new FileStream(_partial, FileMode.Create, FileAccess.Write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _folders.Dispose();
            throw new UserErrorException($"cannot be written ({e.Message})", path, "name a file in a folder that can be written", e);
        }
    }

    /// <summary>Appends a batch.</summary>
    /// <param name="labels">[b].</param>
    /// <param name="k">Classes per sample; the same for all batches.</param>
    /// <param name="classes">[b * k].</param>
    /// <param name="scores">[b * k].</param>
    public void Add(long[] labels, int k, long[] classes, float[] scores)
    {
        Open(k);
        var samples = new Int64Array.Builder().AppendRange(Enumerable.Range(0, labels.Length).Select(i => _sample + i)).Build();
        using var batch = new RecordBatch(
            _schema!,
            [samples, new Int64Array.Builder().AppendRange(labels).Build(), Lists(2, new Int64Array.Builder().AppendRange(classes).Build()), Lists(3, new FloatArray.Builder().AppendRange(scores).Build())],
            labels.Length);
        OutputException.Guard(_path, () => _writer!.WriteRecordBatch(batch));
        GC.KeepAlive(batch);
        _sample += labels.Length;
    }

    /// <summary>Completes the file.</summary>
    public void Commit()
    {
        Open(Math.Max(_k, 1));
        OutputException.Guard(_path, () =>
        {
            _writer!.WriteEnd();
            _stream.Flush(flushToDisk: true);
            Close();
            File.Move(_partial, _path, overwrite: true);
        });
        _folders.Keep();
    }

    public void Dispose()
    {
        if (!_closed)
        {
            try
            {
                Close();
            }
            catch (IOException)
            {
                // The file goes anyway, so what could not be written of it is no loss.
            }

            File.Delete(_partial);
            _folders.Dispose();
        }
    }

    private void Open(int k)
    {
        if (_writer is not null)
        {
            return;
        }

        _k = k;
        _schema = new Schema(
            [
                new Field("sample", Int64Type.Default, nullable: false),
                new Field("label", Int64Type.Default, nullable: false),
                new Field("classes", new FixedSizeListType(new Field("item", Int64Type.Default, nullable: false), k), nullable: false),
                new Field("scores", new FixedSizeListType(new Field("item", FloatType.Default, nullable: false), k), nullable: false),
            ],
            null);
        _writer = new ArrowFileWriter(_stream, _schema, leaveOpen: true);
        OutputException.Guard(_path, _writer.WriteStart);
    }

    private FixedSizeListArray Lists(int field, IArrowArray values)
        => new(new ArrayData(_schema!.FieldsList[field].DataType, values.Length / _k, 0, 0, [ArrowBuffer.Empty], [values.Data]));

    private void Close()
    {
        _closed = true;
        _writer?.Dispose();
        _stream.Dispose();
    }
}

// One record batch of an edge's file, row by row as messages.
using System.Buffers;
using System.Text;
using Apache.Arrow;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Recordings;

/// <summary>Owns the record batch and the pin of its tensor data; messages and their blocks end with it.</summary>
internal sealed unsafe class MessageBatch : IDisposable
{
    private readonly RecordBatch _batch;
    private readonly ListArray _tensors;
    private readonly BinaryArray _name;
    private readonly BinaryArray _dtype;
    private readonly ListArray _shape;
    private readonly BinaryArray _data;
    private readonly MemoryHandle _pin;

    /// <summary>Takes the batch over if it does not throw.</summary>
    /// <param name="batch">Of <see cref="MessageSchema"/>; its content is not trusted.</param>
    public MessageBatch(RecordBatch batch)
    {
        _batch = batch;
        _tensors = (ListArray)batch.Column(6);
        var tensor = (StructArray)_tensors.Values;
        _name = (BinaryArray)tensor.Fields[0];
        _dtype = (BinaryArray)tensor.Fields[1];
        _shape = (ListArray)tensor.Fields[2];
        _data = (BinaryArray)tensor.Fields[3];
        _pin = _data.ValueBuffer.Memory.Pin();
    }

    public int Count => _batch.Length;

    /// <exception cref="InvalidDataException">The row breaks the format.</exception>
    public RecordedMessage Message(int row)
    {
        var tensors = new List<TensorBlock>();
        var (begin, end) = Range(_tensors.ValueOffsets, row, _data.Length);
        for (var index = begin; index < end; index++)
        {
            tensors.Add(Tensor(index));
        }

        return new RecordedMessage(
            ((Int64Array)_batch.Column(0)).Values[row],
            ((Int32Array)_batch.Column(1)).Values[row],
            ((Int32Array)_batch.Column(2)).Values[row],
            ((Int32Array)_batch.Column(3)).Values[row],
            Text((BinaryArray)_batch.Column(4), row),
            Text((BinaryArray)_batch.Column(5), row),
            tensors);
    }

    public void Dispose()
    {
        _pin.Dispose();
        _batch.Dispose();
    }

    private static (int Begin, int End) Range(ReadOnlySpan<int> offsets, int index, int length)
    {
        var (begin, end) = (offsets[index], offsets[index + 1]);
        return begin >= 0 && begin <= end && end <= length
            ? (begin, end)
            : throw new InvalidDataException($"offsets {begin}..{end} lie outside {length} values");
    }

    private static string Text(BinaryArray column, int row)
    {
        var (begin, end) = Range(column.ValueOffsets, row, column.ValueBuffer.Length);
        return Encoding.UTF8.GetString(column.ValueBuffer.Span[begin..end]);
    }

    private TensorBlock Tensor(int index)
    {
        var name = Text(_name, index);
        var dtype = Text(_dtype, index);
        if (!ElementTypes.TryParse(dtype, out var type))
        {
            throw new InvalidDataException($"tensor '{name}' has dtype '{dtype}'");
        }

        var sizes = ((Int64Array)_shape.Values).Values;
        var (first, last) = Range(_shape.ValueOffsets, index, sizes.Length);
        var (begin, end) = Range(_data.ValueOffsets, index, _data.ValueBuffer.Length);
        var shape = sizes[first..last];
        return type.TryByteLength(shape, out var bytes) && bytes == end - begin
            ? new TensorBlock(name, type, shape, (nint)((byte*)_pin.Pointer + begin), bytes, this)
            : throw new InvalidDataException($"tensor '{name}': {end - begin} bytes do not fit {dtype} [{string.Join(", ", shape.ToArray())}]");
    }
}

// Gathers messages column by column until there are enough for a record batch.
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Recordings;

/// <summary>The rows of the next record batch. Copies what it is given; used by one thread at a time.</summary>
internal sealed class MessageBatchBuilder
{
    private readonly ColumnBuffer _step = new();
    private readonly ColumnBuffer _microBatch = new();
    private readonly ColumnBuffer _source = new();
    private readonly ColumnBuffer _destination = new();
    private readonly BytesColumn _type = new();
    private readonly BytesColumn _scalars = new();
    private readonly ColumnBuffer _tensorOffsets = new();
    private readonly BytesColumn _tensorName = new();
    private readonly BytesColumn _tensorType = new();
    private readonly ColumnBuffer _shapeOffsets = new();
    private readonly ColumnBuffer _shape = new();
    private readonly BytesColumn _data = new();

    public MessageBatchBuilder() => Clear();

    public int Count => _type.Count;

    /// <summary>Bytes of the gathered messages, by <see cref="SizeOf"/>.</summary>
    public long Bytes { get; private set; }

    /// <summary>About the bytes that a message takes in a file; never less than its columns' values.</summary>
    public static long SizeOf(RecordedMessage message) =>
        64 + (3L * (message.Type.Length + message.ScalarsJson.Length))
        + message.Tensors.Sum(tensor => tensor.ByteLength + (3L * tensor.Name.Length) + (sizeof(long) * tensor.Shape.Length) + 32);

    public void Append(RecordedMessage message)
    {
        _step.Append(message.Step);
        _microBatch.Append(message.MicroBatch);
        _source.Append(message.Source);
        _destination.Append(message.Destination);
        _type.Append(message.Type);
        _scalars.Append(message.ScalarsJson);
        foreach (var tensor in message.Tensors)
        {
            _tensorName.Append(tensor.Name);
            _tensorType.Append(tensor.ElementType.FileName());
            _shape.Append(MemoryMarshal.AsBytes(tensor.Shape.AsSpan()));
            _shapeOffsets.Append(_shape.Length / sizeof(long));
            _data.Append(tensor);
        }

        _tensorOffsets.Append(_tensorName.Count);
        Bytes += SizeOf(message);
    }

    /// <summary>The gathered rows as a batch over this builder's memory: the caller disposes it before the next call here.</summary>
    public RecordBatch ToArrow()
    {
        var item = Int64Type.Default;
        var shapeType = (ListType)MessageSchema.Tensor.Fields[2].DataType;
        var sizes = new ArrayData(item, _shape.Length / sizeof(long), 0, 0, [ArrowBuffer.Empty, _shape.ToArrow()]);
        var shapes = new ArrayData(shapeType, _tensorName.Count, 0, 0, [ArrowBuffer.Empty, _shapeOffsets.ToArrow()], [sizes]);
        var tensors = new ArrayData(MessageSchema.Tensor, _tensorName.Count, 0, 0, [ArrowBuffer.Empty],
            [_tensorName.ToArrow(StringType.Default), _tensorType.ToArrow(StringType.Default), shapes, _data.ToArrow(BinaryType.Default)]);
        ArrayData[] columns =
        [
            Plain(Int64Type.Default, _step),
            Plain(Int32Type.Default, _microBatch),
            Plain(Int32Type.Default, _source),
            Plain(Int32Type.Default, _destination),
            _type.ToArrow(StringType.Default),
            _scalars.ToArrow(StringType.Default),
            new ArrayData(MessageSchema.Tensors, Count, 0, 0, [ArrowBuffer.Empty, _tensorOffsets.ToArrow()], [tensors]),
        ];
        return new RecordBatch(MessageSchema.Schema, columns.Select(ArrowArrayFactory.BuildArray), Count);
    }

    public void Clear()
    {
        foreach (var column in new[] { _step, _microBatch, _source, _destination, _tensorOffsets, _shapeOffsets, _shape })
        {
            column.Clear();
        }

        foreach (var column in new[] { _type, _scalars, _tensorName, _tensorType, _data })
        {
            column.Clear();
        }

        _tensorOffsets.Append(0);
        _shapeOffsets.Append(0);
        Bytes = 0;
    }

    private ArrayData Plain(IArrowType type, ColumnBuffer values) => new(type, Count, 0, 0, [ArrowBuffer.Empty, values.ToArrow()]);
}

// A column of byte strings: UTF-8 text or binary values.
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Data.Recordings;

/// <summary>Offsets and values of a utf8 or binary column being built.</summary>
internal sealed class BytesColumn
{
    private readonly ColumnBuffer _offsets = new();
    private readonly ColumnBuffer _values = new();

    public BytesColumn() => Clear();

    public int Count => (_offsets.Length / sizeof(int)) - 1;

    public void Append(string text)
    {
        _values.Append(Encoding.UTF8.GetBytes(text));
        _offsets.Append(_values.Length);
    }

    public void Append(TensorBlock tensor)
    {
        _values.Reserve(tensor.ByteLength);
        for (long offset = 0; offset < tensor.ByteLength; offset += TensorBlock.MaxChunkBytes)
        {
            _values.Append(tensor.Chunk(offset));
        }

        GC.KeepAlive(tensor);
        _offsets.Append(_values.Length);
    }

    public ArrayData ToArrow(IArrowType type) => new(type, Count, 0, 0, [ArrowBuffer.Empty, _offsets.ToArrow(), _values.ToArrow()]);

    public void Clear()
    {
        _offsets.Clear();
        _values.Clear();
        _offsets.Append(0);
    }
}

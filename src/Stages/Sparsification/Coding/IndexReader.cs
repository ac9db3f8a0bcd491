// Reads the indices that RiceCode wrote, one after the other.
namespace XClassFlow.Stages.Sparsification;

/// <param name="source">The whole code.</param>
/// <param name="bits">r.</param>
/// <param name="length">Every index must be below.</param>
internal ref struct IndexReader(ReadOnlySpan<byte> source, int bits, int length)
{
    private readonly int _bits = bits;
    private readonly int _length = length;
    private BitReader _reader = new(source);
    private long _next;

    /// <summary>The next index, above the last one.</summary>
    /// <exception cref="FormatException">There is none, or it is not below the length.</exception>
    public int Next()
    {
        var quotient = _reader.ReadUnary();
        var index = quotient > _length >> _bits ? long.MaxValue : _next + ((quotient << _bits) | _reader.Read(_bits));
        if (index >= _length)
        {
            throw new FormatException($"an index of a sparse gradient is beyond its {_length} values");
        }

        _next = index + 1;
        return (int)index;
    }

    /// <inheritdoc cref="BitReader.RequireEnd"/>
    public void RequireEnd() => _reader.RequireEnd();
}

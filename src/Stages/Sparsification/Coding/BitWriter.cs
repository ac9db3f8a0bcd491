// Writes bits into bytes, lowest bit first.
using System.Buffers.Binary;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Over memory that the caller has sized; the last byte is filled up with zeros by <see cref="Finish"/>.</summary>
internal ref struct BitWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;
    private ulong _pending;
    private int _bits;
    private int _position;

    /// <summary>Appends a number's lowest bits.</summary>
    /// <param name="value">Has no other bits.</param>
    /// <param name="bits">0 to 32.</param>
    public void Write(uint value, int bits)
    {
        _pending |= (ulong)value << _bits;
        _bits += bits;
        if (_bits >= 32)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_destination[_position..], (uint)_pending);
            _position += 4;
            _pending >>= 32;
            _bits -= 32;
        }
    }

    /// <summary>Appends that many ones, and a zero.</summary>
    public void WriteUnary(uint ones)
    {
        for (; ones >= 32; ones -= 32)
        {
            Write(uint.MaxValue, 32);
        }

        Write((1u << (int)ones) - 1, (int)ones + 1);
    }

    /// <summary>Writes what is pending.</summary>
    public void Finish()
    {
        for (; _bits > 0; _bits -= 8)
        {
            _destination[_position++] = (byte)_pending;
            _pending >>= 8;
        }

        _bits = 0;
    }
}

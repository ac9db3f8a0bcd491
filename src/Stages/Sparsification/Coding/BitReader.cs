// Reads what a BitWriter wrote; never beyond the end, whatever the bytes are.
using System.Buffers.Binary;
using System.Numerics;

namespace XClassFlow.Stages.Sparsification;

/// <summary>Lowest bit first.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private ulong _pending;
    private int _bits;
    private int _position;

    /// <summary>Reads a number.</summary>
    /// <param name="bits">0 to 31.</param>
    /// <exception cref="FormatException">There are not so many bits.</exception>
    public uint Read(int bits)
    {
        Fill();
        if (bits > _bits)
        {
            throw Ended();
        }

        var value = (uint)_pending & ((1u << bits) - 1);
        _pending >>= bits;
        _bits -= bits;
        return value;
    }

    /// <summary>Reads ones up to the next zero.</summary>
    /// <exception cref="FormatException">There is no zero.</exception>
    public long ReadUnary()
    {
        for (var ones = 0L; ;)
        {
            Fill();
            if (_bits == 0)
            {
                throw Ended();
            }

            // Bits beyond the end are zeros: a run that reaches them has no zero of its own.
            var run = Math.Min(BitOperations.TrailingZeroCount(~_pending), _bits);
            ones += run;
            if (run < _bits)
            {
                _pending >>= run + 1;
                _bits -= run + 1;
                return ones;
            }

            (_pending, _bits) = (0, 0);
        }
    }

    /// <summary>Checks that what is left are the zeros that fill the last byte.</summary>
    /// <exception cref="FormatException">There is more.</exception>
    public void RequireEnd()
    {
        Fill();
        if (_bits >= 8 || _pending != 0)
        {
            throw new FormatException("something follows the last index of a sparse gradient");
        }
    }

    private static FormatException Ended() => new("the indices of a sparse gradient end early");

    // At most 63 bits, so that no shift is by 64, which would be by 0.
    private void Fill()
    {
        if (_bits < 32 && _position + 4 <= _source.Length)
        {
            _pending |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(_source[_position..]) << _bits;
            _position += 4;
            _bits += 32;
            return;
        }

        while (_bits < 56 && _position < _source.Length)
        {
            _pending |= (ulong)_source[_position++] << _bits;
            _bits += 8;
        }
    }
}

// The bytes of one rank's part of a segment's gradient: which values, and how large they are.
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Sparsification;

/// <summary>
/// Little-endian: n int32 (values of the whole segment), k int32 (values that follow), bytes of the index code int32, precision uint8, r uint8 of the index code or 255 where all n values
/// follow, e int8 of the halves, 0; then k values, then the index code (<see cref="RiceCode"/>). What is not such a code is refused.
/// </summary>
internal static class SparseCode
{
    /// <summary>Bytes before the values.</summary>
    public const int HeaderLength = 16;

    private const byte NoIndices = 255;

    /// <summary>Bytes of a code with values of this precision and an index code of this length.</summary>
    public static int LengthOf(int count, ValuePrecision precision, int indexBytes) => checked(HeaderLength + (count * WidthOf(precision)) + indexBytes);

    /// <summary>Writes a code, and what a receiver will read in place of the values.</summary>
    /// <param name="length">n.</param>
    /// <param name="indices">[k], ascending, below n; where k is n they are not looked at.</param>
    /// <param name="values">[k]; afterwards the values that are sent.</param>
    /// <param name="precision">Type of the values.</param>
    /// <param name="allocate">Gives memory of the length that is asked for.</param>
    public static void Encode(int length, ReadOnlySpan<int> indices, Span<float> values, ValuePrecision precision, ByteAllocator allocate)
    {
        var all = values.Length == length;
        var (bits, indexBytes) = all ? (NoIndices, 0) : RiceCode.Measure(indices);
        var code = allocate(LengthOf(values.Length, precision, indexBytes));
        var exponent = precision == ValuePrecision.Float16 ? ScaledHalf.ExponentOf(values) : 0;
        BinaryPrimitives.WriteInt32LittleEndian(code, length);
        BinaryPrimitives.WriteInt32LittleEndian(code[4..], values.Length);
        BinaryPrimitives.WriteInt32LittleEndian(code[8..], indexBytes);
        (code[12], code[13], code[14], code[15]) = ((byte)precision, (byte)bits, (byte)(sbyte)exponent, 0);
        var body = code[HeaderLength..^indexBytes];
        if (precision == ValuePrecision.Float32)
        {
            MemoryMarshal.AsBytes(values).CopyTo(body);
        }
        else
        {
            var halves = MemoryMarshal.Cast<byte, Half>(body);
            for (var i = 0; i < values.Length; i++)
            {
                halves[i] = ScaledHalf.Encode(values[i], exponent);
                values[i] = ScaledHalf.Decode(halves[i], exponent);
            }
        }

        if (!all)
        {
            RiceCode.Encode(indices, bits, code[^indexBytes..]);
        }
    }

    /// <summary>Adds a code's values to a gradient.</summary>
    /// <param name="code">As <see cref="Encode"/> wrote it, or anything.</param>
    /// <param name="gradient">[n]; half changed when the code is refused.</param>
    /// <exception cref="FormatException">This is not a code of a gradient of this length.</exception>
    public static void AddTo(ReadOnlySpan<byte> code, Span<float> gradient)
    {
        Require(code.Length >= HeaderLength, "is shorter than its head");
        var length = BinaryPrimitives.ReadInt32LittleEndian(code);
        var count = BinaryPrimitives.ReadInt32LittleEndian(code[4..]);
        var indexBytes = BinaryPrimitives.ReadInt32LittleEndian(code[8..]);
        var (precision, bits, exponent) = ((ValuePrecision)code[12], code[13], (sbyte)code[14]);
        Require(length == gradient.Length, $"has {length} values in place of {gradient.Length}");
        Require(precision is ValuePrecision.Float32 or ValuePrecision.Float16 && code[15] == 0, "is of an unknown kind");
        Require(count >= 0 && count <= length, "sends more values than there are");
        Require((bits == NoIndices) == (count == length) && (bits == NoIndices || bits <= RiceCode.MostBits), "has an unknown index code");
        Require(precision == ValuePrecision.Float32 ? exponent == 0 : exponent is >= ScaledHalf.SmallestExponent and <= ScaledHalf.LargestExponent, "has an unknown scale");
        Require(indexBytes >= 0 && code.Length == HeaderLength + ((long)count * WidthOf(precision)) + indexBytes, "is not of the length that it says");
        Require(count < length || indexBytes == 0, "has an index code that nobody needs");
        var body = code[HeaderLength..^indexBytes];
        var indices = new IndexReader(code[^indexBytes..], count < length ? bits : 0, length);
        for (var i = 0; i < count; i++)
        {
            gradient[count == length ? i : indices.Next()] += precision == ValuePrecision.Float32
                ? BinaryPrimitives.ReadSingleLittleEndian(body[(4 * i)..])
                : ScaledHalf.Decode(BinaryPrimitives.ReadHalfLittleEndian(body[(2 * i)..]), exponent);
        }

        indices.RequireEnd();
    }

    private static int WidthOf(ValuePrecision precision) => precision == ValuePrecision.Float32 ? 4 : 2;

    private static void Require(bool fits, string what)
    {
        if (!fits)
        {
            throw new FormatException($"a sparse gradient {what}");
        }
    }
}

// The fixed part in front of every frame.
using System.Buffers.Binary;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>A header as it stands on the wire: 48 bytes, little-endian, the last eight a checksum of the others.</summary>
/// <param name="Type">What the frame carries.</param>
/// <param name="Stream">The stream, for <see cref="FrameType.Open"/> and <see cref="FrameType.Data"/>; else 0.</param>
/// <param name="Sequence">Number of the parcel in its stream, from 0.</param>
/// <param name="Offset">Where the bytes belong in the parcel; for <see cref="FrameType.Open"/> the parcel's length in bytes; for <see cref="FrameType.Resume"/> 1 on the last one.</param>
/// <param name="Length">Bytes that follow.</param>
/// <param name="Checksum">Checksum of these bytes.</param>
internal readonly record struct FrameHeader(FrameType Type, int Stream, long Sequence, long Offset, int Length, ulong Checksum)
{
    public const int Size = 48;
    private const int Checked = 40;

    public void Write(Span<byte> to, ulong seed)
    {
        to[..8].Clear();
        to[0] = (byte)Type;
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], Stream);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(to[32..], Checksum);
        BinaryPrimitives.WriteUInt64LittleEndian(to[Checked..], FrameChecksum.Add(seed, to[..Checked]));
    }

    /// <exception cref="InvalidDataException">The checksum or the form is wrong; nothing in the header can be believed.</exception>
    public static FrameHeader Read(ReadOnlySpan<byte> from, ulong seed)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(from[Checked..]) != FrameChecksum.Add(seed, from[..Checked]))
        {
            throw new InvalidDataException("a frame's header has a wrong checksum");
        }

        var header = new FrameHeader(
            (FrameType)from[0],
            BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[32..]));
        var reserved = from[1] | from[2] | from[3] | BinaryPrimitives.ReadInt32LittleEndian(from[28..]);
        if (reserved != 0 || header.Type is < FrameType.Open or > FrameType.Lend || header.Stream < 0 || header.Sequence < 0 || header.Offset < 0 || header.Length < 0)
        {
            throw new InvalidDataException($"a frame's header is malformed: {header}");
        }

        return header;
    }
}

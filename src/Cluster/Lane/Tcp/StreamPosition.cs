// Where a stream stands, as it is told to the other side.
using System.Buffers.Binary;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>An entry of the frames that acknowledge and resume.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Next">Number of the first parcel that is not there.</param>
/// <param name="Offset">Bytes of that parcel that are there; -1: nothing of it. Only sent to resume.</param>
internal readonly record struct StreamPosition(int Stream, long Next, long Offset)
{
    public const int Size = 20;

    /// <summary>Most entries of a frame.</summary>
    public const int MaxEntries = 512;

    /// <summary>Bytes of them.</summary>
    public const int MaxBytes = Size * MaxEntries;

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Stream);
        BinaryPrimitives.WriteInt64LittleEndian(to[4..], Next);
        BinaryPrimitives.WriteInt64LittleEndian(to[12..], Offset);
    }

    /// <exception cref="LaneException">The entry is malformed.</exception>
    public static StreamPosition Read(ReadOnlySpan<byte> from)
    {
        var position = new StreamPosition(
            BinaryPrimitives.ReadInt32LittleEndian(from), BinaryPrimitives.ReadInt64LittleEndian(from[4..]), BinaryPrimitives.ReadInt64LittleEndian(from[12..]));
        return position is { Stream: >= 0, Next: >= 0, Offset: >= -1 } ? position : throw new LaneException($"malformed: {position}");
    }
}

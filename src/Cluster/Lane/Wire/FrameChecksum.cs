// Checksums of frames.
using System.IO.Hashing;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>XXH3 with a seed that differs for every frame of every connection, so that a frame fits only in its place.</summary>
internal static class FrameChecksum
{
    /// <summary>Longest piece that is hashed, and copied, at once: it stays in a core's cache, and longer spans never leave the hash's unoptimised code.</summary>
    public const int Piece = 256 * 1024;

    /// <summary>The seed of a connection's frame.</summary>
    /// <param name="key">Key of the connection's direction.</param>
    /// <param name="number">Number of the frame in its direction, from 0.</param>
    public static ulong Seed(ulong key, ulong number) => key + number * 0x9E3779B97F4A7C15;

    /// <summary>Extends a checksum by a piece of at most <see cref="Piece"/> bytes; both sides cut at the same places.</summary>
    public static ulong Add(ulong checksum, ReadOnlySpan<byte> piece) => XxHash3.HashToUInt64(piece, unchecked((long)checksum));
}

// Counts and hashes what is written through it, and gathers small writes into larger ones.
using System.IO.Hashing;

namespace XClassFlow.Data.Checkpoints;

/// <summary>
/// A write-only stream over another: XxHash3 (64 bits) of everything written so far. <see cref="Flush"/> hands the gathered bytes on; disposing does
/// neither flush nor dispose the inner stream, so that a failed write is not repeated on the way out.
/// </summary>
/// <param name="inner">Receives the bytes; stays the caller's.</param>
/// <param name="abort">Ends writing with <see cref="OperationCanceledException"/>, between two pieces.</param>
internal sealed class HashingStream(Stream inner, CancellationToken abort = default) : Stream
{
    /// <summary>Hashed and written piece by piece: small enough for the second cache, and many calls instead of few, so that the JIT optimizes the hash
    /// (hashing 2 GB in calls of 64 MB stayed in unoptimized code: 11 s instead of under 1).</summary>
    private const int PieceBytes = 256 << 10;

    private readonly XxHash3 _hash = new();
    private readonly byte[] _small = new byte[64 << 10];
    private int _gathered;
    private long _written;

    /// <summary>16 lower-case hexadecimal digits, as `xxhsum -H3` and Python's xxhash.xxh3_64_hexdigest print them.</summary>
    public string Checksum => Format(_hash.GetCurrentHashAsUInt64());

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written;

    public override long Position { get => _written; set => throw new NotSupportedException(); }

    public static string Format(ulong hash) => hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > PieceBytes)
        {
            WritePiece(buffer[..PieceBytes]);
            buffer = buffer[PieceBytes..];
        }

        WritePiece(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        var gathered = _gathered;
        _gathered = 0;
        WriteOut(_small.AsSpan(0, gathered));
    }

    private void WritePiece(ReadOnlySpan<byte> piece)
    {
        abort.ThrowIfCancellationRequested();
        _hash.Append(piece);
        _written += piece.Length;
        if (piece.Length > _small.Length - _gathered)
        {
            Flush();
        }

        if (piece.Length > _small.Length)
        {
            WriteOut(piece);
            return;
        }

        piece.CopyTo(_small.AsSpan(_gathered));
        _gathered += piece.Length;
    }

    private void WriteOut(ReadOnlySpan<byte> bytes)
    {
        try
        {
            inner.Write(bytes);
        }
        catch (Exception error) when (FileTooLarge.Is(error))
        {
            throw FileTooLarge.Of(error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

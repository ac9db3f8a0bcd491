// Writes frames to a connection: small things through a buffer, so that many leave in one call, large ones straight from where they lie.
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>One direction of a connection. Not thread-safe; used by the connection's sending loop alone.</summary>
/// <param name="stream">Where to write to; not owned.</param>
/// <param name="key">Key of the direction.</param>
/// <param name="window">A view for this object alone.</param>
/// <param name="socket">The socket, where the stream is nothing but it; null: only the stream may be written to.</param>
internal sealed class FrameWriter(Stream stream, ulong key, NativeWindow window, Socket? socket = null)
{
    /// <summary>Pieces up to this size are copied; the copy costs less than a call.</summary>
    private const int Small = 16 * 1024;

    /// <summary>Bytes of a large piece that leave together with its header, so that no packet holds a header alone.</summary>
    private const int TopUp = 8 * 1024;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _used;
    private ulong _frames;
    private long _written;

    /// <summary>Bytes written so far; any thread may read it.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Writes a frame whose payload, small enough for the buffer, is at hand.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(FrameType type, int number, long sequence, long offset, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var seed = FrameChecksum.Seed(key, _frames++);
        await WriteHeaderAsync(new FrameHeader(type, number, sequence, offset, payload.Length, Hash(~seed, payload.Span)), seed, cancel);
        await AppendAsync(payload, cancel);
    }

    /// <summary>Writes a piece of a parcel. The memory must stay as it is until the call has completed.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteDataAsync(int number, long sequence, ParcelMemory memory, long offset, int length, CancellationToken cancel)
    {
        // The hash reads every piece just before it is written: it is then in the cache.
        var seed = FrameChecksum.Seed(key, _frames++);
        var checksum = ~seed;
        for (var done = 0; done < length;)
        {
            var piece = memory.Piece(offset + done, length - done, window);
            checksum = FrameChecksum.Add(checksum, piece.Span);
            done += piece.Length;
        }

        await WriteHeaderAsync(new FrameHeader(FrameType.Data, number, sequence, offset, length, checksum), seed, cancel);
        for (var done = 0; done < length;)
        {
            var piece = memory.Piece(offset + done, length - done, window);
            await AppendAsync(piece, cancel);
            done += piece.Length;
        }
    }

    /// <summary>Hands what is buffered to the socket.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        if (_used > 0)
        {
            await stream.WriteAsync(_buffer.AsMemory(0, _used), cancel);
            Volatile.Write(ref _written, _written + _used);
            _used = 0;
        }
    }

    private static ulong Hash(ulong seed, ReadOnlySpan<byte> payload)
    {
        for (; payload.Length > FrameChecksum.Piece; payload = payload[FrameChecksum.Piece..])
        {
            seed = FrameChecksum.Add(seed, payload[..FrameChecksum.Piece]);
        }

        return payload.IsEmpty ? seed : FrameChecksum.Add(seed, payload);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteHeaderAsync(FrameHeader header, ulong seed, CancellationToken cancel)
    {
        if (_buffer.Length - _used < FrameHeader.Size)
        {
            await FlushAsync(cancel);
        }

        header.Write(_buffer.AsSpan(_used, FrameHeader.Size), seed);
        _used += FrameHeader.Size;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AppendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancel)
    {
        if (piece.Length <= Small)
        {
            if (_buffer.Length - _used < piece.Length)
            {
                await FlushAsync(cancel);
            }

            piece.Span.CopyTo(_buffer.AsSpan(_used));
            _used += piece.Length;
            return;
        }

        if (_used > 0 && socket is not null)
        {
            piece = SendAtOnce(socket, piece);
        }

        if (_used > 0)
        {
            var head = Math.Min(TopUp, _buffer.Length - _used);
            piece.Span[..head].CopyTo(_buffer.AsSpan(_used));
            _used += head;
            piece = piece[head..];
            await FlushAsync(cancel);
        }

        if (piece.IsEmpty)
        {
            return;
        }

        await stream.WriteAsync(piece, cancel);
        Volatile.Write(ref _written, _written + piece.Length);
    }

    // Buffer and piece in one call; returns what is left of the piece.
    private ReadOnlyMemory<byte> SendAtOnce(Socket at, ReadOnlyMemory<byte> piece)
    {
        var sent = VectoredSend.TrySend(at, _buffer.AsSpan(0, _used), piece.Span);
        Volatile.Write(ref _written, _written + sent);
        var buffered = Math.Min(sent, _used);
        _buffer.AsSpan(buffered, _used - buffered).CopyTo(_buffer);
        _used -= buffered;
        return piece[(sent - buffered)..];
    }
}

// Reads frames from a connection: headers and small payloads through a buffer, large payloads straight to where they belong.
using System.Runtime.CompilerServices;

namespace XClassFlow.Cluster.Lane.Wire;

/// <summary>One direction of a connection. Not thread-safe; used by the connection's receiving loop alone.</summary>
/// <param name="stream">Where to read from; not owned.</param>
/// <param name="key">Key of the direction.</param>
/// <param name="window">A view for this object alone.</param>
internal sealed class FrameReader(Stream stream, ulong key, NativeWindow window)
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private ulong _frames;
    private ulong _seed;
    private long _received;
    private long _lastTick = Environment.TickCount64;

    /// <summary>Bytes read so far; any thread may read it.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>When something last came, in ticks of <see cref="Environment.TickCount64"/>; any thread may read it.</summary>
    public long LastTick => Volatile.Read(ref _lastTick);

    /// <summary>Whether bytes were read that no frame has taken yet.</summary>
    public bool HasBytes => _end > _start;

    /// <exception cref="InvalidDataException">The header is damaged.</exception>
    /// <exception cref="EndOfStreamException">The peer has closed the connection.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FrameHeader> ReadHeaderAsync(CancellationToken cancel)
    {
        if (_end - _start < FrameHeader.Size)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            while (_end < FrameHeader.Size)
            {
                _end += await ReceiveAsync(_buffer.AsMemory(_end), cancel);
            }
        }

        _seed = FrameChecksum.Seed(key, _frames++);
        var header = FrameHeader.Read(_buffer.AsSpan(_start, FrameHeader.Size), _seed);
        _start += FrameHeader.Size;
        return header;
    }

    /// <summary>Reads the payload of the last header into memory of its length.</summary>
    /// <exception cref="InvalidDataException">The payload is damaged.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadAsync(FrameHeader header, Memory<byte> to, CancellationToken cancel)
    {
        var checksum = ~_seed;
        while (to.Length > 0)
        {
            var piece = to[..Math.Min(to.Length, FrameChecksum.Piece)];
            await FillAsync(piece, cancel);
            checksum = FrameChecksum.Add(checksum, piece.Span);
            to = to[piece.Length..];
        }

        Check(header, checksum);
    }

    /// <summary>Reads the payload of the last header into a parcel. The memory must be alive until the call has completed.</summary>
    /// <exception cref="InvalidDataException">The payload is damaged; the parcel's bytes from the frame's offset on are undefined.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ReadDataAsync(FrameHeader header, ParcelMemory memory, CancellationToken cancel)
    {
        var checksum = ~_seed;
        for (var done = 0; done < header.Length;)
        {
            var piece = memory.Piece(header.Offset + done, header.Length - done, window);
            await FillAsync(piece, cancel);
            checksum = FrameChecksum.Add(checksum, piece.Span);
            done += piece.Length;
        }

        Check(header, checksum);
    }

    private static void Check(FrameHeader header, ulong checksum)
    {
        if (checksum != header.Checksum)
        {
            throw new InvalidDataException($"the checksum of a frame is wrong: {header}");
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(Memory<byte> to, CancellationToken cancel)
    {
        var buffered = Math.Min(_end - _start, to.Length);
        _buffer.AsSpan(_start, buffered).CopyTo(to.Span);
        _start += buffered;
        to = to[buffered..];
        while (to.Length > 0)
        {
            // A small rest is read together with what follows it.
            if (to.Length < _buffer.Length / 4)
            {
                (_start, _end) = (0, await ReceiveAsync(_buffer, cancel));
                buffered = Math.Min(_end, to.Length);
                _buffer.AsSpan(0, buffered).CopyTo(to.Span);
                (_start, to) = (buffered, to[buffered..]);
            }
            else
            {
                to = to[await ReceiveAsync(to, cancel)..];
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> to, CancellationToken cancel)
    {
        var count = await stream.ReadAsync(to, cancel);
        if (count == 0)
        {
            throw new EndOfStreamException("the peer closed the connection");
        }

        Volatile.Write(ref _received, _received + count);
        Volatile.Write(ref _lastTick, Environment.TickCount64);
        return count;
    }
}

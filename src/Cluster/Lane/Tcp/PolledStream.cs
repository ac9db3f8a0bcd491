// Reads a socket on a thread of its own.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>
/// A stream over a connected socket that never registers it with .NET's own loop, which would wake two threads for every packet. During the handshake reads look at the socket now and then.
/// Afterwards, between processes of one machine, they complete before they return (<see cref="Blocks"/>): they look for a moment, since the answer is often only microseconds away, and
/// then sleep in the kernel. Writes are the socket's own. Linux only.
/// </summary>
/// <param name="socket">The socket; owned. When it is disposed reads end.</param>
internal sealed partial class PolledStream(Socket socket) : Stream
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private const int DoNotWait = 0x40;
    private const int WouldBlock = 11;
    private const int Interrupted = 4;
    private const short Readable = 1;

    /// <summary>How long a read may sleep before it looks whether the socket is still open, in milliseconds.</summary>
    private const int Nap = 1000;

    private readonly NetworkStream _inner = new(socket, ownsSocket: true);

    /// <summary>The same socket in .NET's own loop.</summary>
    public NetworkStream Inner => _inner;

    /// <summary>Whether reads hold their thread until something comes.</summary>
    public bool Blocks { get; set; }

    /// <summary>Called before a read sleeps.</summary>
    public Action? Idle { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override unsafe int Read(Span<byte> buffer)
    {
        var patience = new Patience();
        while (true)
        {
            if (TryRead(buffer) is >= 0 and var count)
            {
                return count;
            }

            if (!patience.Spin())
            {
                Idle?.Invoke();
                var handle = socket.SafeHandle;
                var wanted = new PollDescriptor { Events = Readable };
                var taken = false;
                try
                {
                    handle.DangerousAddRef(ref taken);
                    wanted.Descriptor = (int)handle.DangerousGetHandle();
                    _ = Poll(&wanted, 1, Nap);
                }
                finally
                {
                    if (taken)
                    {
                        handle.DangerousRelease();
                    }
                }
            }
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => Blocks ? new(Read(buffer.Span)) : ReadPatientlyAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _inner.WriteAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => _inner.Write(buffer, offset, count);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadPatientlyAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (TryRead(buffer.Span) is >= 0 and var count)
            {
                return count;
            }

            await Task.Delay(pause, cancel);
        }
    }

    // -1: nothing there yet.
    private unsafe int TryRead(Span<byte> buffer)
    {
        var handle = socket.SafeHandle;
        ObjectDisposedException.ThrowIf(handle.IsClosed, socket);
        fixed (byte* to = buffer)
        {
            var count = Receive(handle, to, (nuint)buffer.Length, DoNotWait);
            if (count >= 0)
            {
                return (int)count;
            }
        }

        var error = Marshal.GetLastPInvokeError();
        return error is WouldBlock or Interrupted ? -1 : throw new IOException($"the connection failed ({Marshal.GetPInvokeErrorMessage(error)})");
    }

    [LibraryImport("libc.so.6", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(SafeHandle socket, byte* to, nuint length, int flags);

    [LibraryImport("libc.so.6", EntryPoint = "poll")]
    private static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

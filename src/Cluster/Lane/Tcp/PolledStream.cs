// Reads a socket on a thread of its own.
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>
/// A stream over a connected socket whose reads complete before they return: they look at the socket for a moment, since between processes of one machine the answer is often only microseconds
/// away, and then sleep in the kernel. So a message wakes the thread that wants it and no other. Writes are the socket's own. Linux only.
/// </summary>
/// <param name="socket">The socket; not owned. When it is disposed reads end.</param>
/// <param name="inner">Its stream; not owned.</param>
internal sealed unsafe partial class PolledStream(Socket socket, NetworkStream inner) : Stream
{
    private const int DoNotWait = 0x40;
    private const int WouldBlock = 11;
    private const int Interrupted = 4;
    private const short Readable = 1;

    /// <summary>How long a read may sleep before it looks whether the socket is still open, in milliseconds.</summary>
    private const int Nap = 1000;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var patience = new Patience();
        while (true)
        {
            var handle = socket.SafeHandle;
            ObjectDisposedException.ThrowIf(handle.IsClosed, socket);
            nint count;
            fixed (byte* to = buffer)
            {
                count = Receive(handle, to, (nuint)buffer.Length, DoNotWait);
            }

            if (count >= 0)
            {
                return (int)count;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error is not (WouldBlock or Interrupted))
            {
                throw new IOException($"the connection failed ({Marshal.GetPInvokeErrorMessage(error)})");
            }

            if (!patience.Spin())
            {
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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [LibraryImport("libc.so.6", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeHandle socket, byte* to, nuint length, int flags);

    [LibraryImport("libc.so.6", EntryPoint = "poll")]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

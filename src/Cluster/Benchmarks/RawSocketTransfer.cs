// What a bare socket does: the measure of the lane.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Wire;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Two ends of a TCP connection over loopback, from native memory into native memory, without frames, checksums or acknowledgements.</summary>
internal sealed class RawSocketTransfer : IDisposable
{
    private readonly Socket _sender;
    private readonly Socket _receiver;

    private RawSocketTransfer(Socket sender, Socket receiver)
    {
        _sender = sender;
        _receiver = receiver;
    }

    public static async Task<RawSocketTransfer> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await sender.ConnectAsync(listener.LocalEndPoint!);
        return new RawSocketTransfer(sender, await listener.AcceptAsync());
    }

    /// <summary>Sends a tensor some times into another one.</summary>
    /// <returns>Bytes per second.</returns>
    public async Task<double> MeasureAsync(Tensor from, Tensor to, int count)
    {
        var memory = new ParcelMemory(ReadOnlyMemory<byte>.Empty, [from]);
        var target = new ParcelMemory(ReadOnlyMemory<byte>.Empty, [to]);
        var clock = Stopwatch.StartNew();
        var sending = Task.Run(() => SendAsync(memory, count));
        await Task.Run(() => ReceiveAsync(target, count));
        var elapsed = clock.Elapsed;
        await sending;
        GC.KeepAlive(from);
        GC.KeepAlive(to);
        return memory.Length * count / elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    private async Task SendAsync(ParcelMemory memory, int count)
    {
        var window = new NativeWindow();
        for (var i = 0; i < count; i++)
        {
            for (var offset = 0L; offset < memory.Length;)
            {
                offset += await _sender.SendAsync(memory.Piece(offset, memory.Length - offset, window));
            }
        }
    }

    private async Task ReceiveAsync(ParcelMemory memory, int count)
    {
        var window = new NativeWindow();
        for (var i = 0; i < count; i++)
        {
            for (var offset = 0L; offset < memory.Length;)
            {
                var read = await _receiver.ReceiveAsync(memory.Piece(offset, memory.Length - offset, window));
                offset += read > 0 ? read : throw new EndOfStreamException("the benchmark's socket was closed");
            }
        }
    }
}

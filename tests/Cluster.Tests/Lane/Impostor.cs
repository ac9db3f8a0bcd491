// A node that speaks the protocol by hand.
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Handshake;
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Tests.Lane;

internal sealed class Impostor(NetworkStream stream, ulong key) : IDisposable
{
    private readonly FrameWriter _writer = new(stream, key, new NativeWindow());

    public static async Task<Impostor> ConnectAsync(string address, Hello hello, byte[] secret)
    {
        var stream = new NetworkStream(await Stranger.ConnectAsync(address), ownsSocket: true);
        var (send, _, _) = await new LaneHandshake(secret).ConnectAsync(stream, hello, CancellationToken.None).InTime("a handshake by hand");
        return new Impostor(stream, send);
    }

    public Task ResumeAsync() => SendAsync(FrameType.Resume, 0, 0, 1, []);

    public async Task SendAsync(FrameType type, int stream, long sequence, long offset, byte[] payload)
    {
        await _writer.WriteAsync(type, stream, sequence, offset, payload, CancellationToken.None);
        await _writer.FlushAsync(CancellationToken.None);
    }

    public void Dispose() => stream.Dispose();
}

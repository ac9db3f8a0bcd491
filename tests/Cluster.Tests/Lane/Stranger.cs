// Somebody who connects to an endpoint and does not belong there.
using System.Net;
using System.Net.Sockets;
using XClassFlow.Cluster.Lane.Tcp;

namespace XClassFlow.Cluster.Tests.Lane;

internal static class Stranger
{
    /// <summary>Connects, sends, and waits until the endpoint has closed the connection.</summary>
    /// <param name="address">The endpoint.</param>
    /// <param name="bytes">What to send.</param>
    /// <param name="half">Whether to say afterwards that nothing more will come.</param>
    /// <returns>What the endpoint answered.</returns>
    public static async Task<byte[]> SendAsync(string address, ReadOnlyMemory<byte> bytes, bool half = false)
    {
        using var socket = await ConnectAsync(address);
        using var answer = new MemoryStream();
        try
        {
            await socket.SendAsync(bytes);
            if (half)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            var buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer).InTime("the endpoint should drop a stranger") is var count and > 0)
            {
                await answer.WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (SocketException)
        {
            // Reset: it was dropped before it had said everything.
        }

        return answer.ToArray();
    }

    public static async Task<Socket> ConnectAsync(string address)
    {
        var (host, port) = LaneAddress.Parse(address);

        // No time-wait state at this end: thousands of connections would use up the ports.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(IPAddress.Parse(host), port);
        return socket;
    }
}

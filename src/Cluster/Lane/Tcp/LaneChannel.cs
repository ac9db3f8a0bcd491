// A connection whose two ends have proved who they are.
using System.Net;
using System.Net.Sockets;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Owns the socket.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Stream">What is written to and read from: the socket, or TLS over it.</param>
/// <param name="SendKey">Key of the frames' checksums in this direction.</param>
/// <param name="ReceiveKey">In the other.</param>
internal sealed record LaneChannel(Socket Socket, Stream Stream, ulong SendKey, ulong ReceiveKey) : IDisposable
{
    /// <summary>Whether both ends have the same address: the peer may be a process of this machine.</summary>
    public bool IsLocal
    {
        get
        {
            try
            {
                return Socket.Connected && Socket is { LocalEndPoint: IPEndPoint here, RemoteEndPoint: IPEndPoint there } && here.Address.Equals(there.Address);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        // The socket first: TLS would wait for a write that is under way.
        Socket.Dispose();
        Stream.Dispose();
    }
}

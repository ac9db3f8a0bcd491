// Ports of this machine that nobody listens at.
using System.Net;
using System.Net.Sockets;

namespace XClassFlow.Cluster.Benchmarks;

internal static class LocalPorts
{
    /// <summary>Different ones. Another process may take one before it is used, which then says so.</summary>
    public static int[] Free(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, l => l.Start());
        var ports = Array.ConvertAll(listeners, l => ((IPEndPoint)l.LocalEndpoint).Port);
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }
}

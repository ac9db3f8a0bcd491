// Options of the lane's sockets and of TLS over them.
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>One place for both sides.</summary>
internal static class LaneSocket
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static void Prepare(Socket socket, LaneSettings settings)
    {
        socket.NoDelay = true;
        if (settings.SocketBuffer.Bytes > 0)
        {
            socket.SendBufferSize = (int)settings.SocketBuffer.Bytes;
        }
    }

    /// <summary>The stream over a connected socket; owns it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="secured">Whether TLS goes over it.</param>
    public static Stream StreamOver(Socket socket, bool secured) => secured || !OperatingSystem.IsLinux() ? new NetworkStream(socket, ownsSocket: true) : new PolledStream(socket);

    /// <summary>Connects. To an address of this machine without .NET's own loop: there it takes no time.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled; the socket may be closed.</exception>
    public static async Task ConnectAsync(Socket socket, string host, int port, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out var address) && IsLocal(address))
        {
            await Task.Run(() => ConnectLocally(socket, address, port, cancel), cancel);
        }
        else
        {
            await socket.ConnectAsync(host, port, cancel);
        }
    }

    // Where the listener's queue is full, the system tries for minutes: only closing the socket ends that.
    private static void ConnectLocally(Socket socket, IPAddress address, int port, CancellationToken cancel)
    {
        using var registration = cancel.Register(socket.Dispose);
        try
        {
            socket.Connect(address, port);
        }
        catch (Exception e) when (cancel.IsCancellationRequested && e is SocketException or ObjectDisposedException)
        {
            throw new OperationCanceledException("connecting was given up", e, cancel);
        }
    }

    // Only what is an address of this machine can be bound.
    private static bool IsLocal(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public static SslServerAuthenticationOptions ServerOptions(NodeCertificates certificates) => new()
    {
        ServerCertificateContext = Context(certificates),
        ClientCertificateRequired = true,
        EnabledSslProtocols = Protocols,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = certificates.Check(server: false),
    };

    public static SslClientAuthenticationOptions ClientOptions(NodeCertificates certificates, string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = Context(certificates),
        EnabledSslProtocols = Protocols,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = certificates.Check(server: true),
    };

    private static SslStreamCertificateContext Context(NodeCertificates certificates)
        => SslStreamCertificateContext.Create(certificates.Own, certificates.Intermediates, offline: true);
}

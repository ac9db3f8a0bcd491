// Options of the lane's sockets and of TLS over them.
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

// TLS of the control connections.
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace XClassFlow.Cluster.Security;

/// <summary>Both sides show a certificate, and only the configured authority is trusted; the name in it does not count, nodes are reached by address.</summary>
internal static class RemoteTls
{
    public static DotNettySslSetup Setup(NodeCertificates certificates) => new(
        certificates.Own,
        suppressValidation: false,
        requireMutualAuthentication: true,
        customValidator: (certificate, chain, _, _, log) =>
        {
            // The callback does not say which side the peer is; a node's certificate is for both.
            var sent = chain?.ChainPolicy.ExtraStore ?? [];
            var trusted = certificates.Trusts(certificate, sent, server: true, out var reason) && certificates.Trusts(certificate, sent, server: false, out reason);
            if (!trusted)
            {
                log.Warning("A connection was refused: {0}", reason);
            }

            return trusted;
        });
}

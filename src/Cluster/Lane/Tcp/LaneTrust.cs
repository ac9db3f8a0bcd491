// What a lane's connections are secured with.
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Does not own the certificates.</summary>
/// <param name="Secret">The shared secret; empty: none.</param>
/// <param name="Certificates">For TLS; null: none.</param>
internal sealed record LaneTrust(byte[] Secret, NodeCertificates? Certificates)
{
    // A record would print the secret.
    public override string ToString() => nameof(LaneTrust);
}

// What keeps strangers out of the cluster.
using XClassFlow.Data;

namespace XClassFlow.Cluster.Security;

/// <summary>Settings of trust between nodes; the same on all of them.</summary>
/// <param name="Secret">Shared secret; empty: none.</param>
/// <param name="SecretFile">File that holds the shared secret instead; surrounding white space does not count.</param>
/// <param name="Tls">Encryption with certificates on both sides.</param>
public sealed record SecuritySettings(string Secret = "", string SecretFile = "", TlsSettings? Tls = null)
{
    public TlsSettings Tls { get; init; } = Tls ?? new TlsSettings();

    public void Validate(string path)
    {
        if (Secret.Length > 0 && SecretFile.Length > 0)
        {
            throw new UserErrorException("both secret and secret-file are set", path, "keep one of them");
        }
    }

    // A record would print its members, and logs are read by many.
    public override string ToString() => $"secret {(Secret.Length + SecretFile.Length > 0 ? "set" : "not set")}, TLS {(Tls.Enabled ? "on" : "off")}";
}

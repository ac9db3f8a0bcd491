// Where a node's certificate lies.
using XClassFlow.Data;

namespace XClassFlow.Cluster.Security;

/// <summary>Settings of TLS with certificates on both sides.</summary>
/// <param name="Enabled">Whether connections between nodes are encrypted.</param>
/// <param name="Certificate">PEM file of this node's certificate, followed by intermediate ones if there are any.</param>
/// <param name="Key">PEM file of its private key, not encrypted.</param>
/// <param name="Authority">PEM file of the authority that signed the certificates of all nodes; no other is trusted, the system's neither.</param>
public sealed record TlsSettings(bool Enabled = false, string Certificate = "", string Key = "", string Authority = "")
{
    public void Validate(string path)
    {
        foreach (var (key, file) in new[] { ("certificate", Certificate), ("key", Key), ("authority", Authority) })
        {
            if (Enabled && file.Length == 0)
            {
                throw new UserErrorException($"TLS is enabled without a {key}", path, $"set {key} to a PEM file");
            }
        }
    }
}

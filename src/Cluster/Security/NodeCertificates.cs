// A node's certificate and the only authority it trusts.
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Security;

/// <summary>Certificates loaded from PEM files, and the check of a peer's. Owns them; thread-safe.</summary>
public sealed class NodeCertificates : IDisposable
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _authorities;

    private NodeCertificates(X509Certificate2 own, X509Certificate2Collection intermediates, X509Certificate2Collection authorities)
    {
        Own = own;
        Intermediates = intermediates;
        _authorities = authorities;
    }

    /// <summary>This node's certificate with its private key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Certificates between it and the authority.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>The certificates, or null where TLS is off.</summary>
    /// <exception cref="UserErrorException">A file is missing, is no PEM, or the key does not belong to the certificate.</exception>
    public static NodeCertificates? Load(TlsSettings settings)
    {
        if (!settings.Enabled)
        {
            return null;
        }

        var authorities = Read(settings.Authority, () =>
        {
            var read = new X509Certificate2Collection();
            read.ImportFromPemFile(settings.Authority);
            return read.Count > 0 ? read : throw new CryptographicException("it holds no certificate");
        });
        var chain = Read(settings.Certificate, () =>
        {
            var read = new X509Certificate2Collection();
            read.ImportFromPemFile(settings.Certificate);
            return read;
        });
        if (chain.Count > 0)
        {
            chain[0].Dispose();
            chain.RemoveAt(0);
        }

        var own = Read($"{settings.Certificate}, {settings.Key}", () =>
        {
            var read = X509Certificate2.CreateFromPemFile(settings.Certificate, settings.Key);
            if (!OperatingSystem.IsWindows())
            {
                return read;
            }

            // Windows' TLS does not take keys that exist only in memory.
            using (read)
            {
                return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
            }
        });
        return new NodeCertificates(own, chain, authorities);
    }

    /// <summary>Whether a peer's certificate was signed by the authority, is valid now, and may be used for this side of a connection.</summary>
    /// <param name="certificate">The peer's; null where it sent none.</param>
    /// <param name="sent">Further certificates that it sent.</param>
    /// <param name="server">Whether the peer is the accepting side.</param>
    /// <param name="reason">Why not.</param>
    public bool Trusts(X509Certificate2? certificate, X509Certificate2Collection? sent, bool server, out string reason)
    {
        if (certificate is null)
        {
            reason = "the peer has no certificate";
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(server ? ServerPurpose : ClientPurpose));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent);
        }

        var trusted = chain.Build(certificate);
        reason = trusted ? "" : $"the certificate {certificate.Subject} is not trusted: {string.Join(" ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()))}";
        return trusted;
    }

    /// <summary>The same as a callback of <see cref="SslStream"/>. The name in the certificate does not count: nodes are reached by address.</summary>
    public RemoteCertificateValidationCallback Check(bool server) => (_, certificate, chain, _) =>
        Trusts(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, server, out var _);

    public void Dispose()
    {
        Own.Dispose();
        foreach (var certificate in Intermediates.Concat(_authorities))
        {
            certificate.Dispose();
        }
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"cannot be used for TLS: {e.Message}", file, "give PEM files of a certificate, its key, and the authority", e);
        }
    }
}

// Makes an authority and node certificates, to try TLS and to test it.
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Security;

/// <summary>ECDSA certificates as PEM files: <c>authority.pem</c>, and <c>HOST.pem</c> with <c>HOST.key</c> for each host. The authority's key is not kept: the set cannot be extended.</summary>
internal static class TestCertificates
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(365);

    /// <returns>The files, the authority first.</returns>
    /// <exception cref="UserErrorException">The directory cannot be written or holds such files, or a host is no name.</exception>
    public static IReadOnlyList<string> Write(string directory, IReadOnlyList<string> hosts)
    {
        Check(directory, hosts);
        try
        {
            Directory.CreateDirectory(directory);
            using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var authority = Authority(authorityKey);
            var files = new List<string> { WriteNew(directory, "authority.pem", authority.ExportCertificatePem(), secret: false) };
            foreach (var host in hosts)
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                using var certificate = Node(host, key, authority);
                files.Add(WriteNew(directory, $"{host}.pem", certificate.ExportCertificatePem(), secret: false));
                files.Add(WriteNew(directory, $"{host}.key", key.ExportPkcs8PrivateKeyPem(), secret: true));
            }

            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"certificates cannot be written: {e.Message}", directory, "name a new directory", e);
        }
    }

    private static void Check(string directory, IReadOnlyList<string> hosts)
    {
        foreach (var host in hosts)
        {
            if (!IPAddress.TryParse(host, out _) && Uri.CheckHostName(host) != UriHostNameType.Dns)
            {
                throw new UserErrorException($"'{host}' is neither a name nor an address", "--hosts", "write for example --hosts 10.0.0.1,10.0.0.2");
            }
        }

        if (hosts.Count == 0 || hosts.Distinct(StringComparer.OrdinalIgnoreCase).Count() < hosts.Count)
        {
            throw new UserErrorException("hosts are missing or named twice", "--hosts", "write each host once, for example --hosts 10.0.0.1,10.0.0.2");
        }

        if (File.Exists(Path.Combine(directory, "authority.pem")))
        {
            throw new UserErrorException("holds certificates already", directory, "name a new directory");
        }
    }

    private static X509Certificate2 Authority(ECDsa key)
    {
        var request = new CertificateRequest("CN=XClassFlow test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        return request.CreateSelfSigned(now.AddMinutes(-5), now + Validity);
    }

    private static X509Certificate2 Node(string host, ECDsa key, X509Certificate2 authority)
    {
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        return request.Create(authority, authority.NotBefore, authority.NotAfter, serial);
    }

    private static string WriteNew(string directory, string name, string text, bool secret)
    {
        var path = Path.Combine(directory, name.Replace(':', '_'));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (secret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new StreamWriter(path, options);
        file.Write(string.Create(CultureInfo.InvariantCulture, $"{text}\n"));
        return path;
    }
}

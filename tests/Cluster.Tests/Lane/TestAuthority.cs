// A certificate authority for tests.
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Tests.Lane;

/// <summary>Signs certificates and writes them into a temporary folder, which it owns.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lane-tls").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private int _issued;

    public TestAuthority(string name)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-20), DateTimeOffset.UtcNow.AddDays(20));
        File.WriteAllText(AuthorityFile, _certificate.ExportCertificatePem());
    }

    public string AuthorityFile => Path.Combine(_folder, "authority.pem");

    /// <summary>Settings of a node with a certificate of its own.</summary>
    /// <param name="validDays">How long it is valid from now on; negative: it was.</param>
    public SecuritySettings Node(int validDays = 10)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=node {++_issued}", key, HashAlgorithmName.SHA256);
        var serial = BitConverter.GetBytes(0x01000000 + _issued);
        using var signed = request.Create(_certificate, DateTimeOffset.UtcNow.AddDays(-15), DateTimeOffset.UtcNow.AddDays(validDays), serial);
        var (certificate, keyFile) = (Path.Combine(_folder, $"node{_issued}.pem"), Path.Combine(_folder, $"node{_issued}.key"));
        File.WriteAllText(certificate, signed.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return new SecuritySettings(Tls: new TlsSettings(true, certificate, keyFile, AuthorityFile));
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorStreams.Cluster.Tests.Links;

/// <summary>A certificate authority that lives as long as a spec, and the files that it gives to nodes.</summary>
internal sealed class Authority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-authority-").FullName;
    private readonly X509Certificate2 _root;

    public Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        _root = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        File.WriteAllText(Trusted, _root.ExportCertificatePem());
    }

    /// <summary>The file that names it as trusted.</summary>
    public string Trusted => Path.Combine(_folder, "trusted.pem");

    public string FileOf(string name) => Path.Combine(_folder, name);

    /// <summary>Gives a node a certificate: its files are NAME.pem, NAME.key and NAME.pfx.</summary>
    public void Sign(string name, int hours = 240)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 signed = request.Create(_root, now.AddHours(-20), now.AddHours(hours), [1, 2, 3, (byte)name.Length]);
        using X509Certificate2 whole = signed.CopyWithPrivateKey(key);
        File.WriteAllText(FileOf($"{name}.pem"), whole.ExportCertificatePem());
        File.WriteAllText(FileOf($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllBytes(FileOf($"{name}.pfx"), whole.Export(X509ContentType.Pfx, "secret"));
    }

    public void Dispose()
    {
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorStreams.Cluster.Links;

/// <summary>What a node proves itself with, and whom it trusts. Both ends of a link show a certificate: whoever has one that was signed by
/// a trusted authority is a node.</summary>
/// <remarks>Names in certificates are not compared with addresses: nodes come and go with addresses that nobody knows in advance, and only
/// nodes are given certificates of this authority.</remarks>
/// <param name="own">The certificate of this node, with its private key.</param>
/// <param name="trusted">The authorities.</param>
internal sealed class LinkCertificates(X509Certificate2 own, X509Certificate2Collection trusted)
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Loads certificates from files.</summary>
    /// <param name="certificate">The node's certificate: a PEM file, or a PKCS #12 file (.pfx, .p12) with the key in it.</param>
    /// <param name="key">The private key of a PEM certificate; empty: it is in the same file.</param>
    /// <param name="password">Of the key or the PKCS #12 file; empty: none.</param>
    /// <param name="trusted">A PEM file with the certificates of the authorities.</param>
    /// <exception cref="JobException">A file cannot be read, or has not what it must have; the message names it.</exception>
    public static LinkCertificates Load(string certificate, string key, string password, string trusted)
    {
        X509Certificate2 own = Read(certificate, () => LoadOwn(certificate, key, password));
        if (!own.HasPrivateKey)
            throw new JobException($"The certificate of links '{certificate}' has no private key.");
        var authorities = new X509Certificate2Collection();
        Read(trusted, () =>
        {
            authorities.ImportFromPemFile(trusted);
            return authorities;
        });
        if (authorities.Count == 0)
            throw new JobException($"The file of trusted authorities of links '{trusted}' holds no certificate.");
        return new LinkCertificates(own, authorities);
    }

    /// <summary>For the end that was dialled.</summary>
    public SslServerAuthenticationOptions ForServer() => new()
    {
        ServerCertificate = own,
        ClientCertificateRequired = true,
        EnabledSslProtocols = Protocols,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = IsTrusted,
    };

    /// <summary>For the end that dials.</summary>
    public SslClientAuthenticationOptions ForClient(string host) => new()
    {
        TargetHost = host,
        ClientCertificates = [own],
        EnabledSslProtocols = Protocols,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = IsTrusted,
    };

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? shown, SslPolicyErrors errors)
    {
        if (certificate is null)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (shown is not null)
        {
            foreach (X509ChainElement element in shown.ChainElements)
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(new X509Certificate2(certificate));
    }

    private static X509Certificate2 LoadOwn(string certificate, string key, string password)
    {
        if (Path.GetExtension(certificate) is ".pfx" or ".p12")
            return X509CertificateLoader.LoadPkcs12FromFile(certificate, password);
        return password.Length == 0 ? X509Certificate2.CreateFromPemFile(certificate, key.Length == 0 ? null : key)
            : X509Certificate2.CreateFromEncryptedPemFile(certificate, password, key.Length == 0 ? null : key);
    }

    private static TRead Read<TRead>(string file, Func<TRead> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new JobException($"The certificate file of links '{file}' cannot be read: {error.Message}", error);
        }
    }
}

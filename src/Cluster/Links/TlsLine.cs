using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ActorStreams.Cluster.Links;

/// <summary>A TCP connection with TLS, on which both sides have shown certificates that the other one trusts.</summary>
internal sealed class TlsLine : ILinkLine
{
    private readonly SslStream _stream;
    private readonly Func<SslStream, CancellationToken, Task> _authenticate;

    private TlsLine(Socket socket, Func<SslStream, CancellationToken, Task> authenticate)
    {
        _stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        _authenticate = authenticate;
    }

    /// <summary>The end that dials.</summary>
    public static TlsLine OfClient(Socket socket, LinkCertificates certificates, string host) =>
        new(socket, (stream, cancellation) => stream.AuthenticateAsClientAsync(certificates.ForClient(host), cancellation));

    /// <summary>The end that was dialled.</summary>
    public static TlsLine OfServer(Socket socket, LinkCertificates certificates) =>
        new(socket, (stream, cancellation) => stream.AuthenticateAsServerAsync(certificates.ForServer(), cancellation));

    public async ValueTask OpenAsync(CancellationToken cancellation)
    {
        try
        {
            await _authenticate(_stream, cancellation);
        }
        catch (AuthenticationException error)
        {
            throw new LinkSecurityException("The other side is not trusted, does not trust this one, or speaks no TLS: " +
                $"{error.Message} Both nodes need " +
                "certificates (actorstreams.cluster.links.certificate) of an authority that the other one trusts (.trusted).", error);
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> room) => _stream.ReadAsync(room);

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes);

    public async ValueTask FinishAsync() => await _stream.ShutdownAsync();

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}

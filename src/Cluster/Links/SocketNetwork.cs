using System.Net;
using System.Net.Sockets;

namespace ActorStreams.Cluster.Links;

/// <summary>Links over TCP: with mutual TLS where there are certificates; without, between addresses of this machine only, unless it is
/// allowed elsewhere.</summary>
/// <param name="certificates">Null: there is no TLS.</param>
/// <param name="allowsPlaintext">Links without TLS may leave the machine.</param>
internal sealed class SocketNetwork(LinkCertificates? certificates, bool allowsPlaintext) : ILinkNetwork
{
    private const int Backlog = 512;

    public ILinkListener Listen(LinkAddress address)
    {
        IPAddress at = Resolve(address.Host);
        CheckPlaintext(at, address, "listen on");
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(at, address.Port));
            socket.Listen(Backlog);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw new JobException($"Links cannot listen on {address}: {error.Message}", error);
        }

        return new Listener(socket, address with { Port = ((IPEndPoint)socket.LocalEndPoint!).Port }, certificates);
    }

    public async ValueTask<ILinkLine> DialAsync(LinkAddress address, CancellationToken cancellation)
    {
        IPAddress at;
        try
        {
            at = IPAddress.TryParse(address.Host, out IPAddress? known) ? known : (await Dns.GetHostAddressesAsync(address.Host,
                cancellation))[0];
        }
        catch (SocketException error)
        {
            throw new IOException(error.Message, error);
        }

        CheckPlaintext(at, address, "dial");
        var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(at, address.Port), cancellation);
        }
        catch (Exception error)
        {
            socket.Dispose();
            if (error is SocketException)
                throw new IOException(error.Message, error);
            throw;
        }

        return certificates is null ? new SocketLine(socket) : TlsLine.OfClient(socket, certificates, address.Host);
    }

    private void CheckPlaintext(IPAddress at, LinkAddress address, string what)
    {
        if (certificates is not null || allowsPlaintext || IPAddress.IsLoopback(at))
            return;
        throw new JobException($"Links must not {what} {address} without TLS: rows would leave this machine readable, and anyone could " +
            "send some. " +
            "Set actorstreams.cluster.links.certificate and .trusted; or, where the network itself is safe, " +
            "actorstreams.cluster.links.allow-plaintext = on.");
    }

    private static IPAddress Resolve(string host)
    {
        try
        {
            return IPAddress.TryParse(host, out IPAddress? known) ? known : Dns.GetHostAddresses(host)[0];
        }
        catch (SocketException error)
        {
            throw new JobException($"Links cannot listen on '{host}': {error.Message}", error);
        }
    }

    private sealed class Listener(Socket socket, LinkAddress address, LinkCertificates? certificates) : ILinkListener
    {
        public LinkAddress Address => address;

        public async ValueTask<ILinkLine> AcceptAsync(CancellationToken cancellation)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync(cancellation);
                accepted.NoDelay = true;
                return certificates is null ? new SocketLine(accepted) : TlsLine.OfServer(accepted, certificates);
            }
            catch (ObjectDisposedException error)
            {
                throw new OperationCanceledException("The listener was closed.", error);
            }
            catch (SocketException error)
            {
                throw new IOException(error.Message, error);
            }
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

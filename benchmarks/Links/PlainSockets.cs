using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Links;

/// <summary>As fast as it goes: blocking sockets, frames of 1,024 rows without header, checksum, credit, lanes or event times.</summary>
internal sealed class PlainSockets : ILinkSide
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private Socket? _socket;

    public string Listen()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        return ((IPEndPoint)_listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }

    public Task<Outcome> ReceiveAsync(long rows, int run) => Task.Factory.StartNew(
        () =>
        {
            using Socket socket = _listener.Accept();
            var frame = new LinkRow[LinkRows.FrameRows];
            Outcome outcome = default;
            while (outcome.Count < rows)
            {
                Span<byte> rest = MemoryMarshal.AsBytes(frame.AsSpan());
                while (rest.Length > 0)
                    rest = rest[socket.Receive(rest)..];
                outcome += LinkRows.Digest(frame);
            }

            return outcome;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public async Task ConnectAsync(string address, int run)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(IPAddress.Loopback, int.Parse(address, CultureInfo.InvariantCulture));
    }

    public Task SendAsync(long rows)
    {
        for (long at = 0; at < rows; at += LinkRows.FrameRows)
            _socket!.Send(MemoryMarshal.AsBytes(LinkRows.Cycle.AsSpan((int)(at % LinkRows.CycleRows), LinkRows.FrameRows)));
        return Task.CompletedTask;
    }

    public Task CloseAsync()
    {
        _socket!.Dispose();
        return Task.CompletedTask;
    }
}

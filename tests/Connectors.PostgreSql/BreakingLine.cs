using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>A line to the server that breaks after it has brought so many bytes; each connection has its own.</summary>
internal sealed class BreakingLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private readonly int _server;
    private int _breaksLeft;

    /// <param name="connectionString">The way to the server.</param>
    /// <param name="bytesOf">What the connection that would break next may bring, by how many have broken.</param>
    /// <param name="breaks">How many connections break; the others last.</param>
    public BreakingLine(string connectionString, Func<int, int> bytesOf, int breaks)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        (_server, _breaksLeft) = (builder.Port, breaks);
        _listener.Start();
        builder.Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = builder.ConnectionString;
        _accepting = AcceptAsync(left => bytesOf(breaks - left));
    }

    public string ConnectionString { get; }

    public int BreaksLeft => Volatile.Read(ref _breaksLeft);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting;
        _closing.Dispose();
    }

    private async Task AcceptAsync(Func<int, int> bytesOf)
    {
        List<Task> lines = [];
        try
        {
            while (true)
                lines.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_closing.Token), bytesOf));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task ServeAsync(TcpClient client, Func<int, int> bytesOf)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _closing.Token);
                Task up = client.GetStream().CopyToAsync(server.GetStream(), _closing.Token);
                await Task.WhenAny(up, BringAsync(server.GetStream(), client.GetStream(), bytesOf));
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // one end has gone; the other goes now
            }
        }
    }

    private async Task BringAsync(NetworkStream from, NetworkStream to, Func<int, int> bytesOf)
    {
        byte[] bytes = new byte[1 << 12];
        int brought = 0;
        for (int read; (read = await from.ReadAsync(bytes, _closing.Token)) > 0; brought += read)
        {
            int left = BreaksLeft, room = left > 0 ? bytesOf(left) - brought : read;
            if (read > room && Interlocked.CompareExchange(ref _breaksLeft, left - 1, left) == left)
            {
                await to.WriteAsync(bytes.AsMemory(0, Math.Max(0, room)), _closing.Token);
                return;
            }

            await to.WriteAsync(bytes.AsMemory(0, read), _closing.Token);
        }
    }
}

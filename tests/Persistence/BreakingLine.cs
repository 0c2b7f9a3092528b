using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace ActorStreams.Tests;

/// <summary>Where on its way a line breaks.</summary>
public enum LineBreak
{
    /// <summary>In what the server sends; what it has done by then stays done.</summary>
    FromServer,

    /// <summary>In what the client sends.</summary>
    ToServer,

    /// <summary>Before the answer to a COMMIT: the server has committed, and the client does not know. Counted are commits, not
    /// bytes.</summary>
    AnswerToCommit,

    /// <summary>Before a COMMIT: the server knows nothing of it. Counted are commits, not bytes.</summary>
    Commit,
}

/// <summary>A line to a server that breaks where it is told to, or falls silent.</summary>
/// <remarks>The file stands alone, so that other test projects can link it.</remarks>
public sealed class BreakingLine : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly List<Task> _lines = [];
    private readonly int _server;
    private readonly Func<int, int>? _bytesOf;
    private readonly int _breaks;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private LineBreak _way;
    private long _left = long.MaxValue;
    private bool _isSilently;
    private volatile bool _isSilent;
    private long _brought;
    private int _breaksLeft;

    /// <summary>A line that lasts until it is told otherwise.</summary>
    /// <param name="connectionString">The way to the server.</param>
    public BreakingLine(string connectionString)
        : this(connectionString, null, 0)
    {
    }

    /// <summary>A line each connection of which breaks after it has brought so many bytes from the server.</summary>
    /// <param name="connectionString">The way to the server.</param>
    /// <param name="bytesOf">What the connection that would break next may bring, by how many have broken.</param>
    /// <param name="breaks">How many connections break; the others last.</param>
    public BreakingLine(string connectionString, Func<int, int>? bytesOf, int breaks)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        (_server, _bytesOf, _breaks, _breaksLeft) = (builder.Port, bytesOf, breaks, breaks);
        _listener.Start();
        builder.Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
        ConnectionString = builder.ConnectionString;
    }

    public string ConnectionString { get; }

    /// <summary>How many bytes have come from the server.</summary>
    public long Brought => Interlocked.Read(ref _brought);

    /// <summary>How many connections have been made so far.</summary>
    public int Calls
    {
        get
        {
            lock (_lock)
                return _lines.Count;
        }
    }

    /// <summary>Done before something passes to the server, with what passes as text; null: nothing.</summary>
    public Func<string, Task>? BeforeSending { get; set; }

    /// <summary>How many connections will still break.</summary>
    public int BreaksLeft => Volatile.Read(ref _breaksLeft);

    /// <summary>What passes from now on, over all connections, breaks the one by which more than so much would pass.</summary>
    /// <param name="way">What is counted.</param>
    /// <param name="count">How much passes.</param>
    /// <param name="silently">The connection is not closed: it falls silent, and the others work on.</param>
    public void BreakAfter(LineBreak way, long count, bool silently = false)
    {
        lock (_lock)
            (_way, _left, _isSilently, _breaksLeft) = (way, count, silently, 1);
    }

    /// <summary>What was told to break next does not.</summary>
    public void Last()
    {
        lock (_lock)
            _breaksLeft = 0;
    }

    /// <summary>From now on nothing passes, of new connections neither; none is closed.</summary>
    public void FallSilent() => _isSilent = true;

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_lines);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_closing.Token);
                lock (_lock)
                    _lines.Add(ServeAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // no further calls
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            var connection = new Connection();
            try
            {
                await StopIfSilentAsync(connection, ending.Token);
                await server.ConnectAsync(IPAddress.Loopback, _server, ending.Token);
                Task up = PumpAsync(connection, client.GetStream(), server.GetStream(), isUp: true, ending.Token),
                    down = PumpAsync(connection, server.GetStream(), client.GetStream(), isUp: false, ending.Token);
                await Task.WhenAny(up, down);
                await ending.CancelAsync();
                await Task.WhenAll(up, down);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // one end has gone; the other goes now
            }
        }
    }

    private async Task PumpAsync(Connection connection, NetworkStream from, NetworkStream to, bool isUp, CancellationToken ending)
    {
        byte[] bytes = new byte[1 << 12];
        for (int read; (read = await from.ReadAsync(bytes, ending)) > 0;)
        {
            await StopIfSilentAsync(connection, ending);
            if (isUp && BeforeSending is { } before)
                await before(Encoding.UTF8.GetString(bytes, 0, read));
            int passes = Take(connection, bytes.AsSpan(0, read), isUp);
            await to.WriteAsync(bytes.AsMemory(0, passes), ending);
            if (passes < read)
            {
                await StopIfSilentAsync(connection, ending);
                return;
            }
        }
    }

    /// <returns>How many of the bytes pass; fewer than there are: then the connection breaks.</returns>
    private int Take(Connection connection, ReadOnlySpan<byte> bytes, bool isUp)
    {
        if (!isUp)
            Interlocked.Add(ref _brought, bytes.Length);
        bool isCommit = isUp && bytes.IndexOf("COMMIT\0"u8) >= 0;
        lock (_lock)
        {
            if (_breaksLeft == 0)
                return bytes.Length;
            if (_bytesOf is not null)
            {
                if (isUp)
                    return bytes.Length;
                long room = Math.Max(0, _bytesOf(_breaks - _breaksLeft) - connection.Brought);
                connection.Brought += bytes.Length;
                return Broken(connection, room, bytes.Length);
            }

            switch (_way)
            {
                case LineBreak.FromServer when !isUp:
                case LineBreak.ToServer when isUp:
                    long left = _left;
                    _left -= bytes.Length;
                    return Broken(connection, left, bytes.Length);
                case LineBreak.Commit when isCommit:
                    return Broken(connection, _left-- > 0 ? bytes.Length : 0, bytes.Length);
                case LineBreak.AnswerToCommit when isCommit:
                    connection.LosesAnswer = _left-- <= 0;
                    return bytes.Length;
                case LineBreak.AnswerToCommit when !isUp && connection.LosesAnswer:
                    return Broken(connection, 0, bytes.Length);
                default:
                    return bytes.Length;
            }
        }
    }

    private int Broken(Connection connection, long room, int length)
    {
        if (room >= length)
            return length;
        _breaksLeft--;
        connection.IsSilent |= _isSilently;
        return _isSilently ? 0 : (int)room;   // a line that dies loses packets, it does not cut them
    }

    private async Task StopIfSilentAsync(Connection connection, CancellationToken ending)
    {
        connection.IsSilent |= _isSilent;
        if (connection.IsSilent)
            await Task.Delay(Timeout.InfiniteTimeSpan, ending);
    }

    private sealed class Connection
    {
        public long Brought { get; set; }

        public bool LosesAnswer { get; set; }

        public bool IsSilent { get; set; }
    }
}

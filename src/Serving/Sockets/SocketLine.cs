using System.Buffers;
using System.Net.WebSockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStreams.Serving.Access;

namespace ActorStreams.Serving.Sockets;

/// <summary>Whole messages over a WebSocket, up to a limit of bytes; several may send.</summary>
internal sealed class SocketLine(WebSocket socket, ServingOptions options, TimeProvider clock) : IDisposable
{
    private const int ReadBytes = 4 << 10;

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ArrayBufferWriter<byte> _received = new(ReadBytes);

    /// <summary>The next message; null: the client closes the line.</summary>
    /// <exception cref="TooLargeException">It is too large.</exception>
    /// <exception cref="WrongRequestException">It is no text.</exception>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation)
    {
        _received.ResetWrittenCount();
        while (true)
        {
            ValueWebSocketReceiveResult part = await socket.ReceiveAsync(_received.GetMemory(ReadBytes), cancellation);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            if (part.MessageType == WebSocketMessageType.Binary)
                throw new WrongRequestException("A message must be a text.");
            _received.Advance(part.Count);
            if (_received.WrittenCount > options.MaxMessageBytes)
                throw new TooLargeException(options.MaxMessageBytes);
            if (part.EndOfMessage)
                return _received.WrittenMemory;
        }
    }

    /// <summary>A writer of messages.</summary>
    public (ArrayBufferWriter<byte> Text, Utf8JsonWriter Json) NewWriter()
    {
        var text = new ArrayBufferWriter<byte>();
        return (text, new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = options.Json.Encoder ?? JavaScriptEncoder.Default }));
    }

    /// <summary>Sends a message.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellation);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends a message that is made now; a client that does not take it is disconnected.</summary>
    public async Task SendAsync(Action<Utf8JsonWriter> write, CancellationToken cancellation)
    {
        (ArrayBufferWriter<byte> text, Utf8JsonWriter json) = NewWriter();
        await using (json)
            write(json);
        Task sent = SendAsync(text.WrittenMemory, cancellation);
        try
        {
            await sent.WaitAsync(options.SlowAfter, clock, cancellation);
        }
        catch (TimeoutException late)
        {
            socket.Abort();
            throw new OperationCanceledException("The client takes nothing.", late);
        }
    }

    /// <summary>Says goodbye, as far as the client listens.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status, string? why)
    {
        const int Most = 100;                           // a reason has 123 bytes at most
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        try
        {
            await socket.CloseOutputAsync(status, why is { Length: > Most } ? why[..Most] : why, CancellationToken.None)
                .WaitAsync(options.SlowAfter, clock);
        }
        catch (Exception error) when (error is WebSocketException or TimeoutException or InvalidOperationException)
        {
            socket.Abort();
        }
    }

    public void Abort() => socket.Abort();

    public void Dispose() => _sending.Dispose();
}

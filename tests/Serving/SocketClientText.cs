using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>A client by WebSocket that reads whole messages.</summary>
internal sealed class SocketClientText : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[256 << 10];

    /// <summary>Why the server closed the line; null: it did not.</summary>
    public (WebSocketCloseStatus? Status, string? Why) Closed => (_socket.CloseStatus, _socket.CloseStatusDescription);

    public static async Task<SocketClientText> OpenAsync(ServedShop shop, (string Name, string Value)? header = null)
    {
        var client = new SocketClientText();
        if (header is var (name, value))
            client._socket.Options.SetRequestHeader(name, value);
        await client._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{shop.Address.Port}/streams/socket"), CancellationToken.None);
        return client;
    }

    public Task SendAsync(string message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <summary>The next message; null: the line is closed.</summary>
    public async Task<JsonElement?> NextAsync()
    {
        using var text = new MemoryStream();
        while (true)
        {
            WebSocketReceiveResult part = await _socket.ReceiveAsync(_buffer, CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            text.Write(_buffer, 0, part.Count);
            if (part.EndOfMessage)
                return JsonDocument.Parse(text.ToArray()).RootElement;
        }
    }

    /// <summary>The next events, as short texts: <c>insert north 1 10</c>, <c>progress</c>.</summary>
    public async Task<string[]> EventsAsync()
    {
        JsonElement message = (await NextAsync())!.Value;
        Assert.Equal("events", message.GetProperty("type").GetString());
        return [.. message.GetProperty("events").EnumerateArray().Select(TextOf)];
    }

    public static string TextOf(JsonElement one) => one.GetProperty("kind").GetString() is not "progress" and { } kind
        ? one.TryGetProperty("row", out JsonElement row)
            ? $"{kind} {one.GetProperty("key")} {row.GetProperty("count")} {row.GetProperty("total")}" : $"{kind} {one}"
        : "progress";

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}

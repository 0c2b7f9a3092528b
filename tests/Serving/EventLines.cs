using System.Text.Json;

namespace ActorStreams.Serving.Tests;

/// <summary>Reads server-sent events as a browser does.</summary>
internal sealed class EventLines(HttpResponseMessage response) : IAsyncDisposable
{
    private StreamReader? _reader;

    /// <summary>An event: its kind, its id if it has one, its data.</summary>
    public readonly record struct Event(string Kind, string? Id, JsonElement Data);

    public static async Task<EventLines> OpenAsync(HttpClient client, string path, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await TextOfAsync(response)}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new EventLines(response);
    }

    /// <summary>The next event; null at the end of the line.</summary>
    public async Task<Event?> NextAsync()
    {
        _reader ??= new StreamReader(await response.Content.ReadAsStreamAsync());
        string kind = "", data = "";
        string? id = null;
        while (await _reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line[7..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
            else if (line.Length == 0 && data.Length > 0)
                return new Event(kind, id, JsonDocument.Parse(data).RootElement);
        }

        return null;
    }

    /// <summary>Events up to and with the next progress, as short texts: <c>insert north 2 30</c>, <c>progress</c>.</summary>
    public async Task<(string[] Events, long Epoch)> EpochAsync()
    {
        var events = new List<string>();
        while (await NextAsync() is { } one)
        {
            if (one.Kind == "progress")
            {
                long epoch = long.Parse(one.Id!, System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(epoch, one.Data.GetProperty("epoch").GetInt64());
                return ([.. events], epoch);
            }

            Assert.Null(one.Id);
            Assert.Equal(one.Kind, one.Data.GetProperty("kind").GetString());
            JsonElement row = one.Data.GetProperty("row");
            events.Add($"{one.Kind} {one.Data.GetProperty("key")} {row.GetProperty("count")} {row.GetProperty("total")}");
        }

        throw new InvalidOperationException($"The line ended after {string.Join(", ", events)}.");
    }

    public ValueTask DisposeAsync()
    {
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> TextOfAsync(HttpResponseMessage response) =>
        response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync();
}

using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ActorStreams.Client.Lines;

namespace ActorStreams;

/// <summary>The jobs of a server, over HTTP: views are read and followed, rows are told, commands are given. May be used by many
/// threads.</summary>
/// <remarks>It makes no connections of its own: the <see cref="HttpClient"/> does, with its base address (<c>http://server/streams/</c>)
/// and whatever authorises it. Its <see cref="HttpClient.Timeout"/> does not end a line that is followed.</remarks>
/// <param name="http">Asks the server.</param>
/// <param name="options">How; null: the defaults.</param>
public sealed class StreamsClient(HttpClient http, StreamsClientOptions? options = null)
{
    private readonly StreamsClientOptions _options = options ?? new StreamsClientOptions();

    /// <summary>Rows of a view, all of one epoch, in the order of their keys; as many as the server gives at once.</summary>
    /// <param name="job">The job.</param>
    /// <param name="view">The view.</param>
    /// <param name="filter">Which rows; null: all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StreamsClientException">The server refuses.</exception>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public async Task<ViewRows<TKey, TRow>> ReadAsync<TKey, TRow>(string job, string view, ViewFilter? filter = null,
        CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await http.GetAsync(Address($"{ViewOf(job, view)}{filter?.ToQuery()}"), cancellation);
        JsonElement all = await AnswerAsync(answer, cancellation);
        return new ViewRows<TKey, TRow>(all.GetProperty("epoch").GetInt64(),
            [.. all.GetProperty("rows").EnumerateArray()
                .Select(row => KeyValuePair.Create(Read<TKey>(row, "key"), Read<TRow>(row, "row")))],
            all.TryGetProperty("next", out _));
    }

    /// <summary>All rows of a view, then what each epoch changes, for ever: a line that breaks is opened anew, and goes on after the last
    /// whole epoch, so that each is given once and in order, also when the server was killed meanwhile.</summary>
    /// <param name="job">The job.</param>
    /// <param name="view">The view.</param>
    /// <param name="filter">Which rows; null: all.</param>
    /// <param name="after">Go on after this epoch, which was given before. Null: begin with all rows.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Epochs in order. It ends when the job does. Where the server does not remember what changed since, all rows come again
    /// (<see cref="ViewEpoch{TKey, TRow}.IsSnapshot"/>).</returns>
    /// <exception cref="StreamsClientException">The server refuses, and would again.</exception>
    public async IAsyncEnumerable<ViewEpoch<TKey, TRow>> FollowAsync<TKey, TRow>(string job, string view, ViewFilter? filter = null,
        long? after = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string address = $"{ViewOf(job, view)}/changes{filter?.ToQuery()}";
        int failures = 0;
        while (true)
        {
            await using var line = new ChangesLine<TKey, TRow>(http, Address(address), after, _options, cancellation);
            while (await line.NextAsync() is { } epoch)
            {
                failures = 0;
                bool isNew = after is null || epoch.Epoch > after || epoch.IsSnapshot;
                after = epoch.Epoch;
                if (isNew)
                    yield return epoch;
            }

            if (line.HasJobEnded)
                yield break;
            if (line.IsForgotten)
                after = null;                           // the server does not know what changed since: all rows
            else
                await Task.Delay(_options.DelayAfter(++failures), _options.Clock, cancellation);
        }
    }

    /// <summary>Tells rows to a source of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="source">The source.</param>
    /// <param name="rows">The rows; all of them are told, or none.</param>
    /// <param name="cancellation">Ends the wait; the rows may be told all the same.</param>
    /// <returns>Completes when they are durable.</returns>
    /// <exception cref="StreamsClientException">The server refuses: no row was told, unless the status is 503.</exception>
    /// <exception cref="HttpRequestException">The line broke: the rows may be told or not.</exception>
    public async Task TellAsync<T>(string job, string source, IReadOnlyList<T> rows, CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(
            Address($"jobs/{Uri.EscapeDataString(job)}/ingresses/{Uri.EscapeDataString(source)}"), rows, _options.Json, cancellation);
        await AnswerAsync(answer, cancellation);
    }

    /// <summary>Gives a command to an entity of an event-sourced operator.</summary>
    /// <param name="job">The job.</param>
    /// <param name="entities">The operator.</param>
    /// <param name="key">The entity; a key that is no text as JSON.</param>
    /// <param name="command">The command: a row of the operator's input.</param>
    /// <param name="cancellation">Ends the wait; the command may be done all the same.</param>
    /// <returns>The events that the entity decided and their epoch, when they are durable.</returns>
    /// <exception cref="StreamsClientException">The server refuses.</exception>
    /// <exception cref="HttpRequestException">The line broke: the command may be done or not.</exception>
    public async Task<(long Epoch, IReadOnlyList<TEvent> Events)> CommandAsync<TCommand, TEvent>(string job, string entities, string key,
        TCommand command, CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(EntityOf(job, entities, key), command, _options.Json, cancellation);
        JsonElement all = await AnswerAsync(answer, cancellation);
        return (all.GetProperty("epoch").GetInt64(),
            [.. all.GetProperty("events").EnumerateArray().Select(one => one.Deserialize<TEvent>(_options.Json)!)]);
    }

    /// <summary>The present state of an entity; it may not be committed yet.</summary>
    /// <param name="job">The job.</param>
    /// <param name="entities">The event-sourced operator.</param>
    /// <param name="key">The entity; a key that is no text as JSON.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StreamsClientException">The server refuses.</exception>
    public async Task<TState> StateAsync<TState>(string job, string entities, string key, CancellationToken cancellation = default)
    {
        using HttpResponseMessage answer = await http.GetAsync(EntityOf(job, entities, key), cancellation);
        return Read<TState>(await AnswerAsync(answer, cancellation), "state");
    }

    private static Uri Address(string path) => new(path, UriKind.Relative);

    private static string ViewOf(string job, string view) => $"jobs/{Uri.EscapeDataString(job)}/views/{Uri.EscapeDataString(view)}";

    private static Uri EntityOf(string job, string entities, string key) => Address(
        $"jobs/{Uri.EscapeDataString(job)}/entities/{Uri.EscapeDataString(entities)}/{Uri.EscapeDataString(key)}");

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (!answer.IsSuccessStatusCode)
            throw await Refusal.OfAsync(answer, cancellation);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }

    private T Read<T>(JsonElement row, string name) => row.GetProperty(name).Deserialize<T>(_options.Json)!;
}

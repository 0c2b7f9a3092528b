using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ActorStreams.Client.Lines;

/// <summary>One line on which a view is followed; epochs of which only a part came are none.</summary>
internal sealed class ChangesLine<TKey, TRow>(HttpClient http, Uri address, long? after, StreamsClientOptions options,
    CancellationToken left) : IAsyncDisposable
{
    private HttpResponseMessage? _answer;
    private EventReader? _events;
    private long? _after = after;

    /// <summary>The job has ended: there is no use in another line.</summary>
    public bool HasJobEnded { get; private set; }

    /// <summary>The server does not know any more what changed since.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>The next whole epoch; null: the line has ended, or broke.</summary>
    /// <exception cref="StreamsClientException">The server refuses, and would again.</exception>
    public async Task<ViewEpoch<TKey, TRow>?> NextAsync()
    {
        try
        {
            _events ??= await OpenAsync();
            return _events is null ? null : await EpochAsync(_events);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException
            || (error is OperationCanceledException && !left.IsCancellationRequested))
        {
            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        _answer?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<EventReader?> OpenAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (_after is { } epoch)
            request.Headers.Add("Last-Event-ID", epoch.ToString(CultureInfo.InvariantCulture));
        _answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, left);
        if (_answer.IsSuccessStatusCode)
            return new EventReader(new StreamReader(await _answer.Content.ReadAsStreamAsync(left)));
        StreamsClientException refusal = await Refusal.OfAsync(_answer, left);
        IsForgotten = refusal.Status == HttpStatusCode.Gone && _after is not null;
        bool isStarting = refusal.Status == HttpStatusCode.NotFound && _after is not null;    // it was there before
        return IsForgotten || isStarting || refusal.MayPass ? null : throw refusal;
    }

    private async Task<ViewEpoch<TKey, TRow>?> EpochAsync(EventReader events)
    {
        var changes = new List<ViewChange<TKey, TRow>>();
        bool isSnapshot = _after is null;
        while (true)
        {
            if (await NextEventAsync(events) is not { } told)
                return null;
            switch (told.GetProperty("kind").GetString())
            {
                case "progress":
                    _after = told.GetProperty("epoch").GetInt64();
                    return new ViewEpoch<TKey, TRow>(_after.Value, isSnapshot, changes);
                case "end":
                    HasJobEnded = true;
                    return null;
                case "error":
                    IsForgotten = _after is not null && told.GetProperty("status").GetInt32() == (int)HttpStatusCode.Gone;
                    return null;                        // the next line tells whether it passes
                case "snapshot":
                    isSnapshot = true;
                    changes.Add(ChangeOf(ViewChangeKind.Snapshot, told));
                    break;
                case "insert":
                    changes.Add(ChangeOf(ViewChangeKind.Insert, told));
                    break;
                case "update_before":
                    changes.Add(ChangeOf(ViewChangeKind.UpdateBefore, told));
                    break;
                case "update_after":
                    changes.Add(ChangeOf(ViewChangeKind.UpdateAfter, told));
                    break;
                case "delete":
                    changes.Add(ChangeOf(ViewChangeKind.Delete, told));
                    break;
                default:
                    break;                              // of a later server
            }
        }
    }

    /// <summary>The next event; a line that is silent for too long is dead.</summary>
    private async Task<JsonElement?> NextEventAsync(EventReader events)
    {
        using var dead = new CancellationTokenSource(options.DeadAfter, options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(dead.Token, left);
        return await events.NextAsync(() => dead.CancelAfter(options.DeadAfter), either.Token);
    }

    private ViewChange<TKey, TRow> ChangeOf(ViewChangeKind kind, JsonElement told) => new(kind,
        told.GetProperty("key").Deserialize<TKey>(options.Json)!, told.GetProperty("row").Deserialize<TRow>(options.Json)!);
}

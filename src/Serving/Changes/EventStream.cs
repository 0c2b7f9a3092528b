using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStreams.Serving.Views;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ActorStreams.Serving.Changes;

/// <summary>
/// Server-sent events: the changes of a view, epoch by epoch. Every change is an event; the event <c>progress</c>, which ends each epoch,
/// carries the epoch as its id, so that a client that comes back (<c>Last-Event-ID</c>) goes on after the last whole epoch that it has
/// seen. The event <c>end</c> says that the job has ended, and that there is no use in coming back.
/// </summary>
/// <seealso href="https://html.spec.whatwg.org/multipage/server-sent-events.html">The format, and how browsers reconnect.</seealso>
internal sealed class EventStream
{
    /// <summary>Bytes that are collected before they are sent.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly HttpContext _http;
    private readonly ServingOptions _options;
    private readonly TimeProvider _clock;
    private readonly PipeWriter _body;
    private readonly Utf8JsonWriter _json;

    public EventStream(HttpContext http, ServingOptions options, TimeProvider clock)
    {
        (_http, _options, _clock, _body) = (http, options, clock, http.Response.BodyWriter);
        _json = new Utf8JsonWriter(_body, new JsonWriterOptions { Encoder = options.Json.Encoder ?? JavaScriptEncoder.Default });
    }

    private static ReadOnlySpan<byte> Beat => ": still here\n\n"u8;

    /// <summary>Tells all epochs until the client leaves or the job ends.</summary>
    /// <param name="job">Whose view it is.</param>
    /// <param name="view">The view.</param>
    /// <param name="query">Which rows of it.</param>
    /// <param name="after">The last epoch that the client has seen; null: none.</param>
    /// <returns>An error that came before anything was told; null: there was none.</returns>
    public async Task<Exception?> TellAsync(IJob job, IServedView view, ViewQuery query, long? after)
    {
        CancellationToken left = _http.RequestAborted;
        bool hasBegun = false;
        try
        {
            await using IAsyncEnumerator<IServedEpoch> epochs = view.ObserveAsync(query, after, left).GetAsyncEnumerator(left);
            Task<bool> next = epochs.MoveNextAsync().AsTask();
            if (next.IsFaulted)
                await next;
            Begin();
            hasBegun = true;
            if (!next.IsCompleted && after is { } seen)
            {
                Progress(seen);                         // there is nothing new, and the line stands
                await FlushAsync();
            }

            while (await NextAsync(next))
            {
                await WriteAsync(epochs.Current);
                next = epochs.MoveNextAsync().AsTask();
            }

            if (job.Completion.IsCompleted)
                await EndAsync();                       // else the server stops: clients come back to it
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            // the client has left, or was too slow
        }
        catch (Exception error)
        {
            if (!hasBegun)
                return error;
            await FailAsync(error);
        }

        return null;
    }

    private void Begin()
    {
        HttpResponse response = _http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";   // proxies that would collect events
        _http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    /// <summary>Waits for the next epoch; meanwhile the client hears now and then that the line lives.</summary>
    private async Task<bool> NextAsync(Task<bool> next)
    {
        while (!next.IsCompleted)
        {
            try
            {
                return await next.WaitAsync(_options.BeatEvery, _clock);
            }
            catch (TimeoutException) when (!next.IsCompleted)
            {
                _body.Write(Beat);
                await FlushAsync();
            }
        }

        return await next;
    }

    private async Task WriteAsync(IServedEpoch epoch)
    {
        for (int number = 0; number < epoch.Count; number++)
        {
            Line("event: ", epoch.KindOf(number));
            _body.Write("data: "u8);
            epoch.Write(_json, number);
            EndData();
            if (_body.UnflushedBytes >= ChunkBytes)
                await FlushAsync();
        }

        Progress(epoch.Epoch);
        await FlushAsync();
    }

    private void Progress(long epoch)
    {
        Line("event: ", "progress");
        Line("id: ", epoch.ToString(CultureInfo.InvariantCulture));
        _body.Write("data: "u8);
        _json.WriteStartObject();
        _json.WriteNumber("epoch", epoch);
        _json.WriteString("kind", "progress");
        _json.WriteEndObject();
        EndData();
    }

    private async Task EndAsync()
    {
        Line("event: ", "end");
        _body.Write("data: "u8);
        _json.WriteStartObject();
        _json.WriteString("kind", "end");
        _json.WriteEndObject();
        EndData();
        await FlushAsync();
    }

    private async Task FailAsync(Exception error)
    {
        Line("event: ", "error");
        _body.Write("data: "u8);
        _json.WriteStartObject();
        _json.WriteString("kind", "error");
        _json.WriteString("error", error.Message);
        _json.WriteEndObject();
        EndData();
        await FlushAsync();
    }

    private void EndData()
    {
        _json.Flush();
        _json.Reset();
        _body.Write("\n\n"u8);
    }

    private void Line(string field, string text)
    {
        Encoding.UTF8.GetBytes(field, _body);
        Encoding.UTF8.GetBytes(text, _body);
        _body.Write("\n"u8);
    }

    /// <summary>Sends what is collected; a client that does not take it is disconnected, so that nothing is kept for it.</summary>
    private async Task FlushAsync()
    {
        ValueTask<FlushResult> flushed = _body.FlushAsync(_http.RequestAborted);
        if (flushed.IsCompleted)
        {
            await flushed;
            return;
        }

        Task<FlushResult> waiting = flushed.AsTask();
        try
        {
            await waiting.WaitAsync(_options.SlowAfter, _clock);
        }
        catch (TimeoutException)
        {
            _http.Abort();
            await waiting;                              // fails now
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ActorStreams.Serving.Access;
using ActorStreams.Serving.Views;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ActorStreams.Serving.Changes;

/// <summary>
/// Writes a subscription as server-sent events. The event <c>progress</c>, which ends each epoch, carries the epoch as its id, so that a
/// client that comes back (<c>Last-Event-ID</c>) goes on after the last whole epoch that it has seen. The event <c>end</c> says that the
/// job has ended, and that there is no use in coming back.
/// </summary>
/// <seealso href="https://html.spec.whatwg.org/multipage/server-sent-events.html">The format, and how browsers reconnect.</seealso>
internal sealed class EventStream
{
    /// <summary>Bytes that are collected before they are sent.</summary>
    private const int ChunkBytes = 64 << 10;

    private readonly HttpContext _http;
    private readonly PipeWriter _body;
    private readonly Utf8JsonWriter _json;

    public EventStream(HttpContext http, JsonSerializerOptions options)
    {
        (_http, _body) = (http, http.Response.BodyWriter);
        _json = new Utf8JsonWriter(_body, new JsonWriterOptions { Encoder = options.Encoder ?? JavaScriptEncoder.Default });
    }

    private static ReadOnlySpan<byte> Beat => ": still here\n\n"u8;

    /// <summary>Tells all events until the client leaves, is too slow, or there are none any more.</summary>
    public async Task TellAsync(Subscription subscription)
    {
        Begin();
        try
        {
            while (await subscription.NextAsync() is { } batch)
            {
                for (int number = 0; number < batch.Count; number++)
                {
                    Write(batch[number]);
                    if (_body.UnflushedBytes >= ChunkBytes)
                        await FlushAsync(subscription);
                }

                if (batch.Count == 0)
                    _body.Write(Beat);
                await FlushAsync(subscription);
            }
        }
        catch (OperationCanceledException) when (_http.RequestAborted.IsCancellationRequested)
        {
            // the client has left
        }
        catch (ClientBehindException)
        {
            _http.Abort();                              // it does not read: it goes on after the last id that it has seen
        }
    }

    private void Begin()
    {
        HttpResponse response = _http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";   // proxies that would collect events
        _http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private void Write(in ServedEvent told)
    {
        Line("event: ", told.Kind.Text());
        if (told is { Kind: EventKind.Progress, Epoch: { } epoch })
            Line("id: ", epoch.ToString(CultureInfo.InvariantCulture));
        _body.Write("data: "u8);
        told.Write(_json);
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

    private ValueTask FlushAsync(Subscription subscription)
    {
        ValueTask<FlushResult> flushed = _body.FlushAsync(_http.RequestAborted);
        if (!flushed.IsCompletedSuccessfully)
            return subscription.WaitAsync(flushed.AsTask());
        _ = flushed.Result;
        return default;
    }
}

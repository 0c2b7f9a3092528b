using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using ActorStreams.Serving.Access;
using ActorStreams.Serving.Changes;
using ActorStreams.Serving.Entities;
using ActorStreams.Serving.Jobs;
using ActorStreams.Serving.Rows;
using ActorStreams.Serving.Views;
using Microsoft.AspNetCore.Http;

namespace ActorStreams.Serving.Sockets;

/// <summary>One client by WebSocket: subscriptions with credit, rows told, and entities, all over one line.</summary>
internal sealed class SocketClient
{
    private readonly HttpContext _http;
    private readonly SocketLine _line;
    private readonly ServingOptions _options;
    private readonly Subscribers _subscribers;
    private readonly CancellationTokenSource _left;
    private readonly ConcurrentDictionary<string, Followed> _followed = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _running = new();

    private SocketClient(HttpContext http, SocketLine line, ServingOptions options, Subscribers subscribers,
        CancellationTokenSource left) =>
        (_http, _line, _options, _subscribers, _left) = (http, line, options, subscribers, left);

    /// <summary>Serves a client until it leaves.</summary>
    public static async Task RunAsync(HttpContext http, WebSocket socket, ServingOptions options, Subscribers subscribers,
        CancellationToken stopping)
    {
        using var line = new SocketLine(socket, options, ServedJobs.ClockOf(http.RequestServices));
        using var left = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var client = new SocketClient(http, line, options, subscribers, left);
        (WebSocketCloseStatus status, string? why) = (WebSocketCloseStatus.NormalClosure, null);
        try
        {
            while (await line.ReceiveAsync(left.Token) is { } message)
                await client.OnMessageAsync(SocketRequest.Parse(message));
        }
        catch (TooLargeException error)
        {
            (status, why) = (WebSocketCloseStatus.MessageTooBig, error.Message);
        }
        catch (WrongRequestException error)
        {
            (status, why) = (WebSocketCloseStatus.InvalidPayloadData, error.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            (status, why) = (WebSocketCloseStatus.EndpointUnavailable, "The server stops.");
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            line.Abort();
        }

        finally
        {
            await line.CloseAsync(status, why);
            await left.CancelAsync();
            await Task.WhenAll(client._running.Keys);
        }
    }

    private async Task OnMessageAsync(SocketRequest request)
    {
        try
        {
            switch (request.Type)
            {
                case "subscribe":
                    await SubscribeAsync(request);
                    break;
                case "credit":
                    if (_followed.TryGetValue(request.Id, out Followed? followed))
                        followed.Writer.Give(request.OptionalNumber("events") ?? 0);
                    break;
                case "unsubscribe":
                    if (_followed.TryRemove(request.Id, out followed))
                        await followed.Left.CancelAsync();
                    break;
                case "tell":
                    await Roles.CheckAsync(_http, _options.OperatePolicy);
                    Start(request.Id, json => TellAsync(json, request));
                    break;
                case "command":
                    await Roles.CheckAsync(_http, _options.OperatePolicy);
                    Start(request.Id, json => EntitiesOf(request)
                        .CommandAsync(Named(json, "answer"), request.Text("key"), request.Element("command"), _left.Token));
                    break;
                case "state":
                    await Roles.CheckAsync(_http, _options.AdminPolicy);
                    Start(request.Id, json => EntitiesOf(request)
                        .WriteStateAsync(Named(json, "answer"), request.Text("key"), request.OptionalNumber("asOf"), _left.Token));
                    break;
                default:
                    throw new WrongRequestException(
                        $"There is no message '{request.Type}'. There are: subscribe, credit, unsubscribe, tell, command, state.");
            }
        }
        catch (Exception error) when (Refusals.IsAnswer(error))
        {
            await RefuseAsync(request.Id, error);
        }
    }

    private async Task SubscribeAsync(SocketRequest request)
    {
        string id = request.Id;
        IJob job = ServedJobs.Of(_http.RequestServices, request.Text("job"));
        IServedView view = ServedViews.Of(job, request.Text("view"), _options.Json);
        var query = ViewQuery.OfChanges(request.Query("key", "from", "to", "columns", "where"));
        (long? since, long credit) = (request.OptionalNumber("since"), request.OptionalNumber("credit") ?? 0);
        CheckRoom();
        var followed = new Followed(new SocketSubscription(id, _line, _left.Token),
            CancellationTokenSource.CreateLinkedTokenSource(_left.Token));
        if (!_followed.TryAdd(id, followed))
            throw new WrongRequestException($"There is a subscription '{id}' on this line already. Give this one another id.");
        if (!_subscribers.TryEnter())
        {
            _followed.TryRemove(id, out _);
            throw Subscribers.TooMany(_options);
        }

        followed.Writer.Give(credit);
        Run(FollowAsync(id, followed, job, view, query, since));
    }

    private async Task FollowAsync(string id, Followed followed, IJob job, IServedView view, ViewQuery query, long? since)
    {
        await Task.Yield();                             // the receiving loop goes on
        try
        {
            await using Subscription subscription = await Subscription.OpenAsync(job, view, query, since, _options,
                ServedJobs.ClockOf(_http.RequestServices), followed.Left.Token);
            await followed.Writer.TellAsync(subscription);
        }
        catch (ClientBehindException error)
        {
            Forget(id, followed);                       // first: the client may come again at once
            await TellErrorAsync(id, error);
        }
        catch (Exception error) when (Refusals.IsAnswer(error))
        {
            Forget(id, followed);
            await RefuseAsync(id, error);
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            // unsubscribed, or the client has left
        }
        finally
        {
            Forget(id, followed);
            _subscribers.Leave();
        }
    }

    private void Forget(string id, Followed followed) => _followed.TryRemove(KeyValuePair.Create(id, followed));

    private Task TellErrorAsync(string id, ClientBehindException error) => SendAsync(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "events");
        json.WriteString("id", id);
        json.WriteStartArray("events");
        EventBatch.Error(error, error.After)[0].Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private async Task TellAsync(Utf8JsonWriter json, SocketRequest request)
    {
        IServedIngress ingress = ServedIngresses.Of(ServedJobs.Of(_http.RequestServices, request.Text("job")), request.Text("source"),
            _options.Json);
        IReadOnlyList<JsonElement> rows = RowsOfRequest.Of(request.Element("rows"), _options.MaxRowsTold);
        await ingress.TellAsync(rows, _left.Token);
        Named(json, "answer");
        json.WriteStartObject();
        json.WriteNumber("rows", rows.Count);
        json.WriteEndObject();
    }

    private IServedEntities EntitiesOf(SocketRequest request) => ServedEntities.Of(
        ServedJobs.Of(_http.RequestServices, request.Text("job")), request.Text("operator"), _options.Json);

    /// <summary>Answers by <c>{"type":"answer","id":…,"answer":{…}}</c> when it is done; the line goes on meanwhile.</summary>
    private void Start(string id, Func<Utf8JsonWriter, Task> answer)
    {
        CheckRoom();
        Run(AnswerAsync());

        async Task AnswerAsync()
        {
            await Task.Yield();
            try
            {
                (ArrayBufferWriter<byte> text, Utf8JsonWriter json) = _line.NewWriter();
                await using (json)
                {
                    json.WriteStartObject();
                    json.WriteString("type", "answer");
                    json.WriteString("id", id);
                    await answer(json);
                    json.WriteEndObject();
                }

                await _line.SendAsync(text.WrittenMemory, _left.Token);
            }
            catch (Exception error) when (Refusals.IsAnswer(error))
            {
                await RefuseAsync(id, error);
            }
            catch (Exception error) when (error is OperationCanceledException or WebSocketException)
            {
                // the client has left: what was told may be durable, and it does not know
            }
        }
    }

    private static Utf8JsonWriter Named(Utf8JsonWriter json, string name)
    {
        json.WritePropertyName(name);
        return json;
    }

    private void CheckRoom()
    {
        if (_running.Count >= _options.MaxPerConnection)
        {
            throw new TooManyException($"{_options.MaxPerConnection} subscriptions and requests of this connection run already, as many as " +
                $"there may be ({nameof(ServingOptions)}.{nameof(ServingOptions.MaxPerConnection)}).");
        }
    }

    private void Run(Task task)
    {
        _running.TryAdd(task, true);
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private Task RefuseAsync(string id, Exception error) => SendAsync(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "refused");
        json.WriteString("id", id);
        json.WriteNumber("status", Refusals.StatusOf(error));
        json.WriteString("detail", error.Message);
        json.WriteEndObject();
    });

    private async Task SendAsync(Action<Utf8JsonWriter> write)
    {
        try
        {
            await _line.SendAsync(write, _left.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException)
        {
            // the client has left
        }
    }

    /// <summary>A subscription that runs.</summary>
    private sealed class Followed(SocketSubscription writer, CancellationTokenSource left)
    {
        public SocketSubscription Writer => writer;

        public CancellationTokenSource Left => left;
    }
}

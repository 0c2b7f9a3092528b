using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using ActorStreams.Serving.Access;
using ActorStreams.Serving.Changes;
using ActorStreams.Serving.Entities;
using ActorStreams.Serving.Jobs;
using ActorStreams.Serving.Rows;
using ActorStreams.Serving.Sockets;
using ActorStreams.Serving.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorStreams;

/// <summary>The jobs of a host over HTTP.</summary>
public static class ActorStreamsEndpoints
{
    private const string Dashboard = "dashboard.html";

    /// <summary>Serves the jobs of the host: a dashboard, views and their changes, and rows told.</summary>
    /// <remarks>
    /// <list type="bullet">
    /// <item><c>GET prefix/</c>: the dashboard.</item>
    /// <item><c>GET prefix/jobs</c>, <c>prefix/jobs/{job}</c>: how jobs stand, and their counts.</item>
    /// <item><c>GET prefix/jobs/{job}/views/{view}</c>: rows in the order of their keys, all of one epoch; <c>key</c>, <c>from</c>,
    /// <c>to</c>, <c>after</c>, <c>limit</c>, <c>asOf</c> (an epoch or a time), <c>columns</c>.</item>
    /// <item><c>GET prefix/jobs/{job}/views/{view}/changes</c>: server-sent events, all rows first, then each epoch's changes;
    /// <c>Last-Event-ID</c> or <c>since</c> goes on after an epoch; <c>key</c>, <c>from</c>, <c>to</c>, <c>columns</c>.</item>
    /// <item><c>POST prefix/jobs/{job}/ingresses/{source}</c>: rows for an <see cref="Ingress{T}"/>, as JSON or NDJSON; answered when they
    /// are durable.</item>
    /// <item><c>GET prefix/jobs/{job}/entities/{operator}/{key}</c>: the state of an entity of an event-sourced operator, now or
    /// <c>asOf</c> an epoch; <c>POST</c>: a command as JSON, answered by the events that it decided, when they are durable.</item>
    /// <item><c>GET prefix/socket</c>: all of it over one WebSocket; clients say how many events they take.</item>
    /// </list>
    /// A wrong request is answered by a problem (RFC 9457): 400 it cannot be read, 404 there is no such thing, 409 an epoch that the job
    /// has not reached, 410 one that is not retained any more (begin with a snapshot), 503 the job does not run.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">Where, as <c>/streams</c>.</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <returns>For conventions of the application: <c>.RequireAuthorization(…)</c>.</returns>
    /// <exception cref="PipelineException">An option is out of its range.</exception>
    public static IEndpointConventionBuilder MapActorStreams(this IEndpointRouteBuilder endpoints, string prefix = "/streams",
        ServingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ServingOptions serving = options ?? new ServingOptions();
        serving.Check();
        var subscribers = new Subscribers(serving.MaxSubscribers);
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        group.AddEndpointFilter(new LocalOnly(serving));
        group.MapGet("/", static () => Results.Stream(
            typeof(ActorStreamsEndpoints).Assembly.GetManifestResourceStream(Dashboard)!, MediaTypeNames.Text.Html))
            .Demand(serving.ViewPolicy);
        group.MapGet("/jobs", (Delegate)AllAsync).Demand(serving.ViewPolicy);
        group.MapGet("/jobs/{job}", (string job, HttpContext http) => WriteAsync(http, json =>
        {
            JobText.Write(json, job, JobOf(http, job));
            return Task.CompletedTask;
        })).Demand(serving.ViewPolicy);
        MapViews(group, serving, subscribers);
        MapRows(group, serving);
        MapEntities(group, serving);
        MapSocket(endpoints, group, serving, subscribers);
        return group;
    }

    private static void MapViews(RouteGroupBuilder group, ServingOptions serving, Subscribers subscribers)
    {
        group.MapGet("/jobs/{job}/views/{view}", (string job, string view, HttpContext http) => WriteAsync(http, json =>
            ServedViews.Of(JobOf(http, job), view, serving.Json)
                .WriteAsync(json, ViewQuery.Of(http.Request.Query, serving.MaxRows), http.RequestAborted))).Demand(serving.ViewPolicy);
        group.MapGet("/jobs/{job}/views/{view}/changes", (string job, string view, HttpContext http) =>
            ChangesAsync(http, serving, subscribers, job, view)).Demand(serving.ViewPolicy);
    }

    private static void MapRows(RouteGroupBuilder group, ServingOptions serving) =>
        group.MapPost("/jobs/{job}/ingresses/{source}", (string job, string source, HttpContext http) => WriteAsync(http, async json =>
        {
            IServedIngress ingress = ServedIngresses.Of(JobOf(http, job), source, serving.Json);
            BodyLimit.Set(http, serving.MaxMessageBytes);
            IReadOnlyList<JsonElement> rows = await RowsOfRequest.ReadAsync(http.Request, serving.MaxRowsTold, http.RequestAborted);
            await ingress.TellAsync(rows, http.RequestAborted);
            json.WriteStartObject();
            json.WriteNumber("rows", rows.Count);
            json.WriteEndObject();
        })).Demand(serving.OperatePolicy);

    private static void MapEntities(RouteGroupBuilder group, ServingOptions serving)
    {
        const string Route = "/jobs/{job}/entities/{entities}/{key}";
        group.MapGet(Route, (string job, string entities, string key, long? asOf, HttpContext http) => WriteAsync(http, json =>
            ServedEntities.Of(JobOf(http, job), entities, serving.Json)
                .WriteStateAsync(json, KeyText.OfRoute(key), asOf, http.RequestAborted)))
            .Demand(serving.AdminPolicy);
        group.MapPost(Route, (string job, string entities, string key, HttpContext http) => WriteAsync(http, async json =>
        {
            IServedEntities found = ServedEntities.Of(JobOf(http, job), entities, serving.Json);
            BodyLimit.Set(http, serving.MaxMessageBytes);
            JsonElement command = await RowsOfRequest.ReadOneAsync(http.Request, http.RequestAborted);
            await found.CommandAsync(json, KeyText.OfRoute(key), command, http.RequestAborted);
        })).Demand(serving.OperatePolicy);
    }

    /// <summary>The middleware of WebSockets runs for this endpoint alone: the application need not add it.</summary>
    private static void MapSocket(IEndpointRouteBuilder endpoints, RouteGroupBuilder group, ServingOptions serving, Subscribers subscribers)
    {
        IApplicationBuilder builder = endpoints.CreateApplicationBuilder();
        builder.UseWebSockets(new WebSocketOptions { KeepAliveInterval = serving.BeatEvery, KeepAliveTimeout = serving.SlowAfter });
        builder.Run(async http =>
        {
            if (!http.WebSockets.IsWebSocketRequest)
            {
                await Refusals.Of(StatusCodes.Status426UpgradeRequired, "This address is for a WebSocket.").ExecuteAsync(http);
                return;
            }

            if (!Roles.IsOfThisSite(http))
            {
                await Refusals.Of(StatusCodes.Status403Forbidden, "A page of another site may not open this line.").ExecuteAsync(http);
                return;
            }

            using System.Net.WebSockets.WebSocket socket = await http.WebSockets.AcceptWebSocketAsync();
            CancellationToken stopping = http.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default;
            await SocketClient.RunAsync(http, socket, serving, subscribers, stopping);
        });
        RequestDelegate serve = builder.Build();
        group.MapGet("/socket", (Delegate)(async Task<IResult> (HttpContext http) =>
        {
            await serve(http);
            return Results.Empty;
        })).Demand(serving.ViewPolicy);
    }

    private static Task<IResult> AllAsync(HttpContext http) => WriteAsync(http, json =>
    {
        json.WriteStartArray();
        foreach ((string name, IJob job) in ServedJobs.All(http.RequestServices).OrderBy(static job => job.Key, StringComparer.Ordinal))
            JobText.WriteSummary(json, name, job);
        json.WriteEndArray();
        return Task.CompletedTask;
    });

    /// <summary>Writes an answer, which is sent when it is whole.</summary>
    private static async Task<IResult> WriteAsync(HttpContext http, Func<Utf8JsonWriter, Task> write)
    {
        var text = new MemoryStream();
        try
        {
            await using var json = new Utf8JsonWriter(text);
            await write(json);
        }
        catch (Exception error) when (Refusals.IsAnswer(error))
        {
            return Refusals.Of(error);
        }

        http.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(text.GetBuffer().AsMemory(0, (int)text.Length), MediaTypeNames.Application.Json);
    }

    private static async Task<IResult> ChangesAsync(HttpContext http, ServingOptions options, Subscribers subscribers, string job,
        string view)
    {
        if (!subscribers.TryEnter())
            return Refusals.Of(Subscribers.TooMany(options));
        try
        {
            IJob found = JobOf(http, job);
            IServedView served = ServedViews.Of(found, view, options.Json);
            (long? after, IQueryCollection query) = Since(http.Request);
            await using Subscription subscription = await Subscription.OpenAsync(found, served, ViewQuery.OfChanges(query), after, options,
                ServedJobs.ClockOf(http.RequestServices), http.RequestAborted);
            await new EventStream(http, options.Json).TellAsync(subscription);
            return Results.Empty;
        }
        catch (Exception error) when (Refusals.IsAnswer(error) && !http.Response.HasStarted)
        {
            return Refusals.Of(error);
        }
        finally
        {
            subscribers.Leave();
        }
    }

    /// <summary>The last epoch that a client has seen, and what else it asks for.</summary>
    private static (long? After, IQueryCollection Query) Since(HttpRequest request)
    {
        const string Name = "since";
        string? text = request.Headers["Last-Event-ID"].FirstOrDefault() ?? request.Query[Name].FirstOrDefault();
        var others = new QueryCollection(request.Query.Where(static part => part.Key != Name)
            .ToDictionary(static part => part.Key, static part => part.Value, StringComparer.OrdinalIgnoreCase));
        if (string.IsNullOrEmpty(text))
            return (null, others);
        return long.TryParse(text, CultureInfo.InvariantCulture, out long after) && after >= 0 ? (after, others)
            : throw new WrongRequestException($"Last-Event-ID (or {Name}) is '{text}'. It must be an epoch: the id of the last event seen.");
    }

    private static IJob JobOf(HttpContext http, string name) => ServedJobs.Of(http.RequestServices, name);
}

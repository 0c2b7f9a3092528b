using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using ActorStreams.Serving.Access;
using ActorStreams.Serving.Changes;
using ActorStreams.Serving.Jobs;
using ActorStreams.Serving.Rows;
using ActorStreams.Serving.Views;
using Akka.Actor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

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
            typeof(ActorStreamsEndpoints).Assembly.GetManifestResourceStream(Dashboard)!, MediaTypeNames.Text.Html));
        group.MapGet("/jobs", (Delegate)AllAsync);
        group.MapGet("/jobs/{job}", (string job, HttpContext http) => WriteAsync(http, json =>
        {
            JobText.Write(json, job, JobOf(http, job));
            return Task.CompletedTask;
        }));
        group.MapGet("/jobs/{job}/views/{view}", (string job, string view, HttpContext http) => WriteAsync(http, json =>
            ServedViews.Of(JobOf(http, job), view, serving.Json)
                .WriteAsync(json, ViewQuery.Of(http.Request.Query, serving.MaxRows), http.RequestAborted)));
        group.MapGet("/jobs/{job}/views/{view}/changes", (string job, string view, HttpContext http) =>
            ChangesAsync(http, serving, subscribers, job, view));
        group.MapPost("/jobs/{job}/ingresses/{source}", (string job, string source, HttpContext http) => WriteAsync(http, async json =>
        {
            IServedIngress ingress = ServedIngresses.Of(JobOf(http, job), source, serving.Json);
            IReadOnlyList<JsonElement> rows = await RowsOfRequest.ReadAsync(http.Request, serving.MaxRowsTold, http.RequestAborted);
            await ingress.TellAsync(rows, http.RequestAborted);
            json.WriteStartObject();
            json.WriteNumber("rows", rows.Count);
            json.WriteEndObject();
        }));
        return group;
    }

    private static Task<IResult> AllAsync(HttpContext http) => WriteAsync(http, json =>
    {
        json.WriteStartArray();
        foreach ((string name, IJob job) in JobsOf(http).OrderBy(static job => job.Key, StringComparer.Ordinal))
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
        {
            return Refusals.Of(StatusCodes.Status503ServiceUnavailable,
                $"{options.MaxSubscribers} clients follow changes already, as many as there may be ({nameof(ServingOptions.MaxSubscribers)}).");
        }

        try
        {
            IJob found = JobOf(http, job);
            IServedView served = ServedViews.Of(found, view, options.Json);
            (long? after, IQueryCollection query) = Since(http.Request);
            TimeProvider clock = http.RequestServices.GetService<TimeProvider>() ?? new JobOptions().Clock;
            Exception? refused = await new EventStream(http, options, clock)
                .TellAsync(found, served, ViewQuery.Of(query, options.MaxRows), after);
            return refused is null ? Results.Empty : Refusals.IsAnswer(refused) ? Refusals.Of(refused) : throw refused;
        }
        catch (Exception error) when (Refusals.IsAnswer(error))
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

    private static IEnumerable<KeyValuePair<string, IJob>> JobsOf(HttpContext http)
    {
        RunningJobs jobs = http.RequestServices.GetService<RunningJobs>()
            ?? http.RequestServices.GetRequiredService<ActorSystem>().ActorStreams().Jobs;
        return jobs.All.Select(static job => KeyValuePair.Create(job.Key, (IJob)job.Value));
    }

    private static IJob JobOf(HttpContext http, string name) =>
        JobsOf(http).FirstOrDefault(job => job.Key == name) is { Value: { } found } ? found
            : throw new NotThereException("job", name, JobsOf(http).Select(static job => job.Key));
}

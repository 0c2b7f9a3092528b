using System.Collections.Concurrent;
using ActorStreams.Authoring;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Tests;

/// <summary>A web application stops at once although somebody observes a table, and loses nothing by it.</summary>
[Trait("Issue", "C2")]
public sealed class GracefulStopSpec
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _telling = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Which way into the host.</summary>
    public enum Way
    {
        /// <summary><c>services.AddActorStreams</c>.</summary>
        Services,

        /// <summary>The same, in a host that has an ActorSystem.</summary>
        ServicesBesideAkka,

        /// <summary><c>akka.WithActorStreams</c>.</summary>
        Akka,
    }

    [Theory]
    [InlineData(Way.Services)]
    [InlineData(Way.ServicesBesideAkka)]
    [InlineData(Way.Akka)]
    public async Task An_open_observer_does_not_hold_the_stop_and_the_last_epoch_is_committed(Way way)
    {
        var log = new LogLines();
        var store = Store.InMemory();
        var ingress = new Ingress<string>();
        await using (WebApplication app = WebOf(way, store, ingress, log))
        {
            await app.StartAsync().WaitAsync(s_limit);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            using HttpResponseMessage response = await http.GetAsync("/observe", HttpCompletionOption.ResponseHeadersRead)
                .WaitAsync(s_limit);
            using var stream = new StreamReader(await response.Content.ReadAsStreamAsync().WaitAsync(s_limit));
            await ingress.TellAsync("first").WaitAsync(s_limit);
            Assert.StartsWith("data:", await NextAsync(stream), StringComparison.Ordinal);

            // on its way while the host stops: the server waits for it, the job answers it
            Task<HttpResponseMessage> told = http.PostAsync("/tell/last", null);
            await _telling.Task.WaitAsync(s_limit);
            await app.StopAsync().WaitAsync(s_limit);

            Assert.True((await told.WaitAsync(s_limit)).IsSuccessStatusCode);
            while (await NextAsync(stream) is { } line)   // the response ends, and ends well
                Assert.StartsWith("data:", line, StringComparison.Ordinal);
        }

        await using Job again = await Job.StartAsync(PipelineOf(new Ingress<string>()), store, new JobOptions { OnNotice = _ => { } });
        Assert.Equal(["first", "last"], (await again.Table<string, string>("view").ScanAsync()).Rows.Select(row => row.Key)
            .Order(StringComparer.Ordinal));
        Assert.Single(log.OfEnd);
        Assert.Contains("Information: Pipeline 'observed' ended after epoch", log.OfEnd.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_that_runs_out_of_time_is_told_by_one_line_that_stays_true()
    {
        var log = new LogLines();
        var called = new TaskCompletionSource();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddActorStreams(streams => streams.UseStore(_ => Store.InMemory()).AddPipeline(
            _ =>
            {
                var pipeline = Pipeline.Create("observed");
                pipeline.Read("numbers", Sources.Of([1])).Write("out", Sinks.ForEachBatch<int>(async (_, cancellation) =>
                {
                    called.TrySetResult();
                    await new TaskCompletionSource().Task.WaitAsync(cancellation);
                }));
                return pipeline;
            },
            options => options with { EpochInterval = TimeSpan.FromMilliseconds(10) }));
        builder.Services.AddLogging(logging => logging.AddProvider(log));
        using IHost host = builder.Build();
        await host.StartAsync().WaitAsync(s_limit);
        await called.Task.WaitAsync(s_limit);

        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        await host.StopAsync(over.Token).WaitAsync(s_limit);

        string line = Assert.Single(log.OfEnd);
        Assert.StartsWith(
            "Warning: Pipeline 'observed' could not commit a last epoch in the time the host had, and was ended without it; it goes on after epoch 0", line, StringComparison.Ordinal);
        Assert.Contains("it waits for '", line, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Issue", "B4")]
    public async Task A_host_that_names_no_store_keeps_the_state_of_its_jobs_in_its_content_root_and_says_where()
    {
        string folder = Directory.CreateTempSubdirectory("hosting").FullName;
        for (int run = 1; run <= 2; run++)
        {
            var log = new LogLines();
            var ingress = new Ingress<string>();
            HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(
                new HostApplicationBuilderSettings { ContentRootPath = folder, ApplicationName = "shop" });
            builder.Services.AddActorStreams(streams => streams.AddPipeline(_ => PipelineOf(ingress)));
            builder.Services.AddLogging(logging => logging.AddProvider(log));
            using IHost host = builder.Build();
            await host.StartAsync().WaitAsync(s_limit);
            Assert.Contains(log.Lines,
                line => line.StartsWith(
                $"Information: No store was named: the state of all jobs is kept in '{Path.Combine(folder, "actorstreams", "shop.db")}'",
                StringComparison.Ordinal));
            await ingress.TellAsync($"row {run}").WaitAsync(s_limit);
            await host.StopAsync().WaitAsync(s_limit);
            Assert.Equal(run,
                (await host.Services.GetRequiredService<RunningJobs>()["observed"].Table<string, string>("view").ScanAsync()).Rows.Count);
        }

        Directory.Delete(folder, recursive: true);
    }

    private WebApplication WebOf(Way way, Store store, Ingress<string> ingress, LogLines log)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        // nothing is saved by running out of it
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromHours(1));
        builder.Services.AddLogging(logging => logging.AddProvider(log));
        Action<ActorStreamsBuilder> streams = streams => streams.UseStore(_ => store)
            .AddPipeline(_ => PipelineOf(ingress), options => options with { EpochInterval = TimeSpan.FromMilliseconds(50) });
        RunningJobs? jobs = null;
        if (way != Way.Akka)
            builder.Services.AddActorStreams(streams);
        if (way != Way.Services)
        {
            builder.Services.AddAkka("shop", akka =>
            {
                if (way == Way.Akka)
                    akka.WithActorStreams(streams);
                akka.WithActors((system, _) => jobs = system.ActorStreams().Jobs);
            });
        }

        WebApplication app = builder.Build();
        app.UseRouting();
        app.MapGet("/observe", async (HttpContext http) =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.StartAsync(http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await foreach (EpochChanges<string, string> epoch in (jobs ?? app.Services.GetRequiredService<RunningJobs>())["observed"].Table<string, string>("view").Observe(cancellation: http.RequestAborted))
            {
                await http.Response.WriteAsync($"data: {epoch.Epoch}\n\n", http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
            }
        });
        app.MapPost("/tell/{row}", async (HttpContext http) =>
        {
            Task told = ingress.TellAsync((string)http.Request.RouteValues["row"]!);
            _telling.TrySetResult();
            await told;
        });
        return app;
    }

    private static Pipeline PipelineOf(Ingress<string> rows)
    {
        var pipeline = Pipeline.Create("observed");
        pipeline.Read("rows", rows).KeyBy(row => row).ToTable("rows-by-text").Materialize("view");
        return pipeline;
    }

    private static async Task<string?> NextAsync(StreamReader stream)
    {
        while (await stream.ReadLineAsync().WaitAsync(s_limit) is { } line)
        {
            if (line.Length > 0)
                return line;
        }

        return null;
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        /// <summary>What tells how a job ended.</summary>
        public IEnumerable<string> OfEnd =>
            Lines.Where(line => line.Contains("ended after epoch", StringComparison.Ordinal)
            || line.Contains("could not commit", StringComparison.Ordinal)
            || line.Contains("failed after epoch", StringComparison.Ordinal));

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}

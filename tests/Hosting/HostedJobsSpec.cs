using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorStreams.Authoring;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Tests;

/// <summary>Jobs live as long as their host, and what happens to them is seen from outside.</summary>
public sealed class HostedJobsSpec
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_job_starts_with_the_host_and_goes_on_after_the_next_start()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("hosting").FullName, "orders.db");
        for (int run = 1; run <= 2; run++)
        {
            var ingress = new Ingress<Order>();
            using IHost host = HostOf(streams => streams.UseSqlite(file).AddPipeline<Orders>(), services => services.AddSingleton(ingress));
            await host.StartAsync().WaitAsync(s_limit);
            await ingress.TellAsync(new Order($"o{run}", run)).WaitAsync(s_limit);
            await host.StopAsync().WaitAsync(s_limit);
            TableSnapshot<string, Order> orders = await host.Services.GetRequiredService<RunningJobs>()["orders"].Table<string, Order>(
                "orders-view").ScanAsync();
            Assert.Equal(Enumerable.Range(1, run).Select(n => $"o{n}"), orders.Rows.Select(row => row.Key).Order(StringComparer.Ordinal));
        }

        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_job_that_fails_is_logged_is_unhealthy_and_stops_the_host()
    {
        var log = new LogLines();
        using IHost host = HostOf(streams => streams.AddPipeline(_ => Failing()),
            services => services.AddLogging(logging => logging.AddProvider(log)).AddHealthChecks().AddActorStreams());
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        await host.StartAsync().WaitAsync(s_limit);
        await stopping.Task.WaitAsync(s_limit);

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Contains("sink 'out': IOException: no paper", report.Entries["actorstreams"].Description, StringComparison.Ordinal);
        Assert.Contains(log.Lines, line => line.StartsWith("Critical: Pipeline 'failing' failed", StringComparison.Ordinal));
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task A_host_that_keeps_going_is_told_of_restarts()
    {
        var log = new LogLines();
        using IHost host = HostOf(
            streams => streams.AddPipeline(_ => Failing(),
                options => options with { Restart = new RestartPolicy(2, TimeSpan.Zero, TimeSpan.Zero) }).KeepHostOnFailure(),
            services => services.AddLogging(logging => logging.AddProvider(log)));
        await host.StartAsync().WaitAsync(s_limit);
        await Assert.ThrowsAsync<JobException>(
            () => host.Services.GetRequiredService<RunningJobs>()["failing"].Completion.WaitAsync(s_limit));
        Assert.Equal(2,
            log.Lines.Count(line => line.StartsWith("Warning: Pipeline 'failing' restarts from epoch 0", StringComparison.Ordinal)));
        Assert.False(host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    [Trait("Issue", "B4")]
    public async Task A_job_that_waits_to_restart_is_degraded_and_says_why()
    {
        var restarting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IHost host = HostOf(
            streams => streams.AddPipeline(_ => Failing(), options => options with
            {
                Restart = new RestartPolicy(2, TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
                OnNotice = _ => restarting.TrySetResult(),
            }),
            services => services.AddHealthChecks().AddActorStreams());
        await host.StartAsync().WaitAsync(s_limit);
        await restarting.Task.WaitAsync(s_limit);

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains(
            "Pipeline 'failing' restarts after a failure and has committed nothing since: Pipeline 'failing', sink 'out': IOException: no paper", report.Entries["actorstreams"].Description, StringComparison.Ordinal);
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task A_job_that_cannot_start_keeps_the_host_from_starting()
    {
        using IHost host = HostOf(streams => streams.AddPipeline(_ => Pipeline.Create("empty")), _ => { });
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => host.StartAsync().WaitAsync(s_limit));
        Assert.Contains("has no sink", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_does_not_return_is_seen_by_the_age_of_the_epoch_and_does_not_hold_the_stop()
    {
        var log = new LogLines();
        var called = new TaskCompletionSource();
        using IHost host = HostOf(
            streams => streams.AddPipeline(_ => Stuck(called)),
            services => services.AddLogging(logging => logging.AddProvider(log)).AddHealthChecks()
                .AddActorStreams(epochAge: TimeSpan.Zero));
        await host.StartAsync().WaitAsync(s_limit);
        await called.Task.WaitAsync(s_limit);
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("has committed nothing after epoch", report.Entries["actorstreams"].Description, StringComparison.Ordinal);

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await host.StopAsync(patience.Token).WaitAsync(s_limit);
        Assert.Contains(log.Lines,
            line => line.StartsWith("Warning: Pipeline 'stuck' could not commit a last epoch", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Counts_are_instruments_of_the_meter()
    {
        var counts = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var ingress = new Ingress<Order>();
        using IHost host = HostOf(streams => streams.AddPipeline<Orders>(), services => services.AddSingleton(ingress));
        await host.StartAsync().WaitAsync(s_limit);
        await ingress.TellAsync(new Order("o1", 1)).WaitAsync(s_limit);

        IMeterFactory factory = host.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ActorStreamsServices.MeterName && instrument.Meter.Scope == factory)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) =>
            counts[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(1, counts["actorstreams.source.rows orders told"]);
        Assert.Equal(1, counts["actorstreams.operator.count orders orders-by-id rows"]);
        Assert.True(counts["actorstreams.job.epoch orders"] >= 1);
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public void Options_come_from_configuration_and_what_is_none_is_refused()
    {
        var services = new ServiceCollection();
        services.AddActorStreams(streams =>
        {
            Assert.Equal(new RestartPolicy(3, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)), streams.UseConfiguration(Section(
                ("Parallelism", "3"), ("EpochInterval", "00:00:00.250"), ("Errors", "Skip"), ("Restart:MaxRestarts", "3"),
                    ("Restart:FirstDelay", "00:00:01"), ("Restart:MaxDelay", "00:01:00"))).Settings.Options.Restart);
            Assert.Equal((3, TimeSpan.FromMilliseconds(250), ErrorPolicy.Skip),
                (streams.Settings.Options.Parallelism, streams.Settings.Options.EpochInterval, streams.Settings.Options.Errors));
            Assert.Contains("Paralelism", Assert.Throws<PipelineException>(() => streams.UseConfiguration(Section(("Paralelism", "3"))))
                .Message, StringComparison.Ordinal);
            Assert.Contains("Streams", Assert.Throws<PipelineException>(() => streams.UseConfiguration(Section(("EpochInterval", "soon"))))
                .Message, StringComparison.Ordinal);
        });
        Assert.Throws<InvalidOperationException>(() => services.AddActorStreams(_ => { }));
    }

    [Fact]
    public void What_configuration_does_not_say_is_left_to_the_ActorSystem()
    {
        new ServiceCollection().AddActorStreams(streams =>
        {
            JobOptions options = streams.UseConfiguration(Section(("Parallelism", "3"), ("Errors", "Fail"))).Settings.Options;
            Assert.Equal([nameof(JobOptions.Errors), nameof(JobOptions.Parallelism)],
                typeof(JobOptions).GetProperties().Select(property => property.Name).Where(options.Says)
                    .Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void A_job_that_is_not_there_is_refused_with_those_that_are() =>
        Assert.Contains("None has been started yet", Assert.Throws<KeyNotFoundException>(() => new RunningJobs()["orders"]).Message,
            StringComparison.Ordinal);

    private static IHost HostOf(Action<ActorStreamsBuilder> streams, Action<IServiceCollection> services)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddActorStreams(
            configure => streams(configure.UseConfiguration(Section(("EpochInterval", "00:00:00.010"))).UseStore(_ => Store.Volatile)));
        services(builder.Services);
        return builder.Build();
    }

    private static IConfigurationSection Section(params (string Key, string Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>($"Streams:{setting.Key}", setting.Value)))
            .Build().GetSection("Streams");

    private static Pipeline Failing()
    {
        var pipeline = Pipeline.Create("failing");
        pipeline.Read("numbers", Sources.Of([1])).Write("out", Sinks.ForEach<int>(_ => throw new IOException("no paper")));
        return pipeline;
    }

    private static Pipeline Stuck(TaskCompletionSource called)
    {
        var pipeline = Pipeline.Create("stuck");
        pipeline.Read("numbers", Sources.Of([1])).Write("out", Sinks.ForEachBatch<int>(async (_, cancellation) =>
        {
            called.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(cancellation);
        }));
        return pipeline;
    }

    public sealed record Order(string Id, int Number);

    private sealed class Orders(Ingress<Order> told) : IPipelineDefinition
    {
        public Pipeline Build()
        {
            var pipeline = Pipeline.Create("orders");
            pipeline.Read("told", told).KeyBy(order => order.Id).ToTable("orders-by-id").Materialize("orders-view");
            return pipeline;
        }
    }
}

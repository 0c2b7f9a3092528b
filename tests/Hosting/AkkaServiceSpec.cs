using System.Collections.Concurrent;
using ActorStreams.Authoring;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Tests;

/// <summary>Jobs live in the ActorSystem of a service that has one: by its settings, beside its actors, until its coordinated
/// shutdown.</summary>
public sealed class AkkaServiceSpec
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly LogLines _log = new();
    private readonly Ingress<Order> _told = new();

    [Fact]
    public async Task A_job_starts_with_the_system_and_its_last_epoch_is_committed_when_the_host_stops()
    {
        var store = Store.InMemory();
        using (IHost host = HostOf(akka => akka
            .AddHocon("actorstreams.job.epoch-interval = 1h", HoconAddMode.Prepend)
            .WithActorStreams(streams => streams.UseStore(_ => store).AddPipeline<Orders>())))
        {
            await host.StartAsync().WaitAsync(s_limit);
            Task told = _told.TellAsync(new Order("o1", 1));
            Assert.Equal(TimeSpan.FromHours(1), SystemOf(host).ActorStreams().Options.EpochInterval);
            Assert.False(told.IsCompleted);

            await host.StopAsync().WaitAsync(s_limit);

            await told.WaitAsync(s_limit);   // by the last epoch: the interval has not passed
        }

        Assert.Contains("Information: Pipeline 'orders' ended after epoch 1", _log.Lines);
        await using Job again = await Job.StartAsync(new Orders(new Ingress<Order>()).Build(), store);
        Assert.Equal("o1", Assert.Single((await again.Table<string, Order>("orders-view").ScanAsync()).Rows).Key);
    }

    [Fact]
    public async Task Actors_find_the_job_by_its_definition_and_code_finds_it_by_the_name_of_its_pipeline()
    {
        IActorRef? seen = null;
        using IHost host = HostOf(akka => akka
            .WithActorStreams(streams => streams.UseStore(_ => Store.Volatile).AddPipeline<Orders>())
            .WithActors((_, registry) => seen = registry.Get<Orders>()));
        await host.StartAsync().WaitAsync(s_limit);

        IActorRef entry = await host.Services.GetRequiredService<IRequiredActor<Orders>>().GetAsync().WaitAsync(s_limit);

        Assert.Equal("akka://shop/user/actorstreams/orders", entry.Path.ToString());
        Assert.Equal(entry, seen);
        Assert.True(SystemOf(host).ActorStreams().Jobs["orders"].Epoch >= 0);
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task The_signal_to_end_is_the_hosts_so_that_requests_are_done_before_jobs_end()
    {
        using IHost host = HostOf(akka => akka.WithActorStreams(streams => streams.UseStore(_ => Store.Volatile).AddPipeline<Orders>()));
        await host.StartAsync().WaitAsync(s_limit);
        Assert.False(SystemOf(host).Settings.Config.GetBoolean("akka.coordinated-shutdown.run-by-clr-shutdown-hook", true));
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task What_is_said_in_code_goes_before_the_settings_of_the_system()
    {
        var seen = new ConcurrentQueue<JobOptions>();
        using IHost host = HostOf(akka => akka
            .AddHocon("actorstreams.job { batch-rows = 64, lane-batches = 2 }", HoconAddMode.Prepend)
            .WithActorStreams(streams => streams.UseStore(_ => Store.Volatile).AddPipeline<Orders>(options =>
            {
                seen.Enqueue(options);
                return options with { LaneBatches = 4 };
            })));
        await host.StartAsync().WaitAsync(s_limit);
        Assert.Equal((64, 2), (seen.Single().BatchRows, seen.Single().LaneBatches));
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task A_setting_that_is_none_keeps_the_host_from_starting()
    {
        using IHost host = HostOf(akka => akka
            .AddHocon("actorstreams.job.batch-row = 64", HoconAddMode.Prepend)
            .WithActorStreams(streams => streams.UseStore(_ => Store.Volatile).AddPipeline<Orders>()));
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => host.StartAsync().WaitAsync(s_limit));
        Assert.Contains("'actorstreams.job.batch-rows'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_cannot_start_keeps_the_host_from_starting()
    {
        using IHost host = HostOf(akka => akka.WithActorStreams(streams => streams.AddPipeline(_ => Pipeline.Create("empty"))
            .UseStore(_ => Store.Volatile)));
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => host.StartAsync().WaitAsync(s_limit));
        Assert.Contains("has no sink", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Both_kinds_of_health_checks_see_a_job_that_has_failed(bool isAkkas)
    {
        using IHost host = HostOf(
            akka =>
            {
                akka.WithActorStreams(streams => streams.UseStore(_ => Store.Volatile).AddPipeline(_ => Failing()).KeepHostOnFailure());
                if (isAkkas)
                    akka.WithActorStreamsHealthCheck();
            },
            services =>
            {
                IHealthChecksBuilder checks = services.AddHealthChecks();
                if (!isAkkas)
                    checks.AddActorStreams();
            });
        await host.StartAsync().WaitAsync(s_limit);
        await Assert.ThrowsAsync<JobException>(() => SystemOf(host).ActorStreams().Jobs["failing"].Completion.WaitAsync(s_limit));

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        HealthReportEntry entry = report.Entries["actorstreams"];
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("no paper", entry.Description, StringComparison.Ordinal);
        Assert.Contains("actorstreams", entry.Tags);
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical: Pipeline 'failing' failed", StringComparison.Ordinal));
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task What_a_job_tells_is_an_event_of_the_systems_stream_and_a_line_of_the_hosts_log()
    {
        var heard = new TaskCompletionSource<JobNotice>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IHost host = HostOf(akka => akka
            .WithActors((system, _) => system.EventStream.Subscribe(system.ActorOf(Props.Create<Listener>(heard)), typeof(JobNotice)))
            .WithActorStreams(streams => streams.UseStore(_ => Store.InMemory()).AddPipeline(_ => Failing(),
                options => options with { Restart = new RestartPolicy(1, TimeSpan.FromHours(1), TimeSpan.FromHours(1)) })));
        await host.StartAsync().WaitAsync(s_limit);

        JobNotice notice = await heard.Task.WaitAsync(s_limit);

        Assert.Equal(JobNoticeKind.Restarting, notice.Kind);
        Assert.Contains($"Warning: {notice.Message}", _log.Lines);
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task A_sink_that_does_not_return_holds_the_shutdown_no_longer_than_its_phase()
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IHost host = HostOf(akka => akka
            .AddHocon("akka.coordinated-shutdown.phases.actorstreams-last-epoch.timeout = 2s", HoconAddMode.Prepend)
            .WithActorStreams(streams => streams.UseStore(_ => Store.InMemory()).AddPipeline(_ => Stuck(called))));
        await host.StartAsync().WaitAsync(s_limit);
        await called.Task.WaitAsync(s_limit);

        await host.StopAsync().WaitAsync(s_limit);

        Assert.Single(_log.Lines, line => line.StartsWith(
            "Warning: Pipeline 'stuck' could not commit a last epoch in the time the host had, and was ended without it; it goes on after epoch 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Services_without_a_word_of_Akka_run_in_the_system_of_their_host_if_it_has_one()
    {
        using IHost host = HostOf(
            akka => akka.AddHocon("actorstreams.job.batch-rows = 64", HoconAddMode.Prepend),
            services => services.AddActorStreams(streams => streams.UseStore(_ => Store.Volatile).AddPipeline<Orders>(options =>
            {
                Assert.Equal(64, options.BatchRows);
                return options;
            })));
        await host.StartAsync().WaitAsync(s_limit);

        Assert.Same(host.Services.GetRequiredService<RunningJobs>()["orders"], SystemOf(host).ActorStreams().Jobs["orders"]);
        Assert.Equal("orders", (await host.Services.GetRequiredService<IRequiredActor<Orders>>().GetAsync().WaitAsync(s_limit)).Path.Name);
        await host.StopAsync().WaitAsync(s_limit);
    }

    [Fact]
    public async Task Pipelines_are_named_in_one_call()
    {
        using IHost twice = HostOf(akka => akka.WithActorStreams(_ => { }).WithActorStreams(_ => { }));
        Assert.Contains("was called twice", (await Assert.ThrowsAsync<InvalidOperationException>(() => twice.StartAsync().WaitAsync(s_limit))).Message,
            StringComparison.Ordinal);

        using IHost both = HostOf(akka => akka.WithActorStreams(_ => { }), services => services.AddActorStreams(_ => { }));
        Assert.Contains("in one of the two calls", (await Assert.ThrowsAsync<InvalidOperationException>(() => both.StartAsync().WaitAsync(s_limit))).Message,
            StringComparison.Ordinal);
    }

    private static ActorSystem SystemOf(IHost host) => host.Services.GetRequiredService<ActorSystem>();

    private IHost HostOf(Action<AkkaConfigurationBuilder> akka, Action<IServiceCollection>? services = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddProvider(_log)).AddSingleton(_told);
        builder.Services.AddAkka("shop", akka);
        services?.Invoke(builder.Services);
        return builder.Build();
    }

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

    private sealed class Listener(TaskCompletionSource<JobNotice> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.TrySetResult((JobNotice)message);
    }
}

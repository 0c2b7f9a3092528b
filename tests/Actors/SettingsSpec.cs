using ActorStreams.Actors.Systems;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Actors.Tests;

/// <summary>What the configuration of an ActorSystem says of ActorStreams: code goes before it, and it goes before the reference.</summary>
public sealed class SettingsSpec : IDisposable
{
    private readonly List<ActorSystem> _systems = [];

    public void Dispose()
    {
        foreach (ActorSystem system in _systems)
            _ = system.Terminate();
    }

    [Fact]
    public void A_system_that_says_nothing_has_the_defaults_of_the_options()
    {
        ActorStreamsExtension streams = Streams("");

        Assert.Equal(new JobOptions(), streams.Options);
        Assert.Equal(new SqliteOptions(), streams.SqliteOptions);
        Assert.Equal(new PostgreSqlOptions(), streams.PostgreSqlOptions);
    }

    [Fact]
    public void What_a_system_says_goes_before_the_reference()
    {
        ActorStreamsExtension streams = Streams("""
            actorstreams.job {
              parallelism = 3
              epoch-interval = 250ms
              restart-from-epoch = 17
              allow-removed-state = on
              errors = skip
              quiet-after = off
              max-event-time-ahead = 2h
              dead-letters { retain-for = 12h, retain-rows = off }
              restart { max-restarts = 3, first-delay = 10ms, max-same-errors = off }
            }
            actorstreams.store {
              sqlite { synchronous = normal, checkpoint-bytes = 2MiB }
              postgresql.schema = shop
            }
            """);

        Assert.Equal(
            new JobOptions
            {
                Parallelism = 3,
                EpochInterval = TimeSpan.FromMilliseconds(250),
                RestartFromEpoch = 17,
                AllowRemovedState = true,
                Errors = ErrorPolicy.Skip,
                QuietAfter = null,
                MaxEventTimeAhead = TimeSpan.FromHours(2),
                DeadLetters = new DeadLetterOptions { RetainFor = TimeSpan.FromHours(12), RetainRows = null },
                Restart = new RestartPolicy(3, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
            },
            streams.Options);
        Assert.Equal(new SqliteOptions { Synchronous = SqliteSynchronous.Normal, CheckpointBytes = 2 << 20 }, streams.SqliteOptions);
        Assert.Equal(new PostgreSqlOptions { Schema = "shop" }, streams.PostgreSqlOptions);
    }

    [Fact]
    public void What_code_says_goes_before_both_setting_by_setting_be_it_the_default()
    {
        ActorStreamsExtension streams = Streams("actorstreams.job { batch-rows = 64, lane-batches = 2, shards = 16 }");

        JobOptions options = streams.Complete(new JobOptions { BatchRows = 1024, Shards = 32 });

        Assert.Equal((1024, 2, 32), (options.BatchRows, options.LaneBatches, options.Shards));
    }

    [Fact]
    public void Options_that_begin_with_those_of_the_system_are_taken_as_they_are()
    {
        ActorStreamsExtension streams = Streams("actorstreams.job { batch-rows = 64, lane-batches = 2 }");

        JobOptions options = streams.Options with { LaneBatches = 8 };

        Assert.Equal(options, streams.Complete(options));
    }

    [Fact]
    public void Who_said_a_setting_is_no_part_of_what_options_are() =>
        Assert.Equal(new JobOptions(), new JobOptions { BatchRows = 1024 });

    [Fact]
    public void A_restart_that_is_off_fails_a_job_at_once() =>
        Assert.Equal(RestartPolicy.None, Streams("actorstreams.job.restart = off").Options.Restart);

    [Theory]
    [InlineData("actorstreams.job.epoch-intervall = 1s", "'actorstreams.job.epoch-intervall'", "'actorstreams.job.epoch-interval'")]
    [InlineData("actorstreams.epoch-interval = 1s", "'actorstreams.epoch-interval'", "'actorstreams.job.epoch-interval'")]
    [InlineData("actorstreams.jobs.shards = 8", "'actorstreams.jobs'", "'actorstreams.job'")]
    [InlineData("actorstreams.store.sqlite.syncronous = full", "'actorstreams.store.sqlite.syncronous'", "'actorstreams.store.sqlite.synchronous'")]
    [InlineData("actorstreams.job.restart.max-restart = 1", "'actorstreams.job.restart.max-restart'", "'actorstreams.job.restart.max-restarts'")]
    public void A_key_that_is_no_setting_is_refused_with_the_nearest(string hocon, string said, string nearest)
    {
        PipelineException error = Assert.Throws<PipelineException>(() => Streams(hocon));
        Assert.Contains($"there is no setting {said}. The nearest is {nearest}.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("actorstreams.job.epoch-interval = soon", "'actorstreams.job.epoch-interval' is 'soon'. It must be a duration")]
    [InlineData("actorstreams.job.quiet-after = never", "'actorstreams.job.quiet-after' is 'never'. It must be a duration with its unit: 500ms, 1s, 2m, 4h or 7d, or off.")]
    [InlineData("actorstreams.job.errors = ignore", "'actorstreams.job.errors' is 'ignore'. It must be fail or skip.")]
    [InlineData("actorstreams.job.parallelism = many", "'actorstreams.job.parallelism' is 'many'. It must be a whole number, or processors.")]
    [InlineData("actorstreams.job.parallelism = 0", "'actorstreams.job.parallelism' is 0; it must be 1 to 256.")]
    [InlineData("actorstreams.job.available-now = maybe", "'actorstreams.job.available-now' is 'maybe'. It must be on or off.")]
    [InlineData("actorstreams.job.shards = 100", "'actorstreams.job.shards' is 100; it must be a power of two")]
    [InlineData("actorstreams.job.linger { min = 1s }", "'actorstreams.job.linger' is a setting, not a section")]
    [InlineData("actorstreams.job = fast", "'actorstreams.job' is a section, not a setting")]
    [InlineData("actorstreams = fast", "'actorstreams' is a section")]
    public void A_value_that_cannot_be_is_refused_with_what_can(string hocon, string says) =>
        Assert.Contains(says, Assert.Throws<PipelineException>(() => Streams(hocon)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_dispatcher_that_is_not_configured_is_refused_with_what_to_add()
    {
        PipelineException error = Assert.Throws<PipelineException>(() => Streams("actorstreams.dispatcher = shop-streams"));

        Assert.Contains("'actorstreams.dispatcher' names the dispatcher 'shop-streams', of which nothing can be made: It is not configured. Add a section of that " +
            "name to the system's configuration, shop-streams { type = Dispatcher, executor = thread-pool-executor, throughput = 30 }", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dispatcher_whose_section_is_wrong_is_refused_too() =>
        Assert.Contains("of which nothing can be made", Assert.Throws<PipelineException>(() => Streams("""
            actorstreams.dispatcher = mine
            mine { type = Nonsense }
            """)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_dispatcher_may_be_changed_in_part() => Streams("actorstreams.default-dispatcher.throughput = 5");

    [Fact]
    public void The_phase_of_last_epochs_comes_when_requests_are_done_and_before_the_service_stops()
    {
        ActorSystem system = System("");
        system.ActorStreams();
        CoordinatedShutdown shutdown = CoordinatedShutdown.Get(system);

        Assert.Equal(TimeSpan.FromSeconds(30), shutdown.Timeout(LastEpochs.Phase));
        Assert.Equal([LastEpochs.Phase],
            system.Settings.Config.GetStringList("akka.coordinated-shutdown.phases.service-stop.depends-on"));
        Assert.Equal([CoordinatedShutdown.PhaseServiceRequestsDone],
            system.Settings.Config.GetStringList($"akka.coordinated-shutdown.phases.{LastEpochs.Phase}.depends-on"));
    }

    private ActorStreamsExtension Streams(string hocon) => System(hocon).ActorStreams();

    private ActorSystem System(string hocon)
    {
        ActorSystem system = ActorSystem.Create("shop", ConfigurationFactory.ParseString(hocon + """

            akka { loglevel = OFF, stdout-loglevel = OFF }
            """));
        _systems.Add(system);
        return system;
    }
}

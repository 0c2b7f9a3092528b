using ActorStreams.Persistence.Akka.Settings;
using ActorStreams.Persistence.Akka.Shards;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>The settings that shards need come along; what cannot be is refused at the start, with what to do.</summary>
public sealed class ShardPluginSpec : IAsyncLifetime
{
    private ActorSystem _system = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _system.Terminate();

    [Fact]
    public void A_plugin_with_other_settings_runs_once_more_with_those_that_shards_need_and_the_applications_stays_as_it_is()
    {
        Start("""
            akka.persistence.journal.plugin = akka.persistence.journal.orders
            akka.persistence.journal.orders {
              class = "Akka.Persistence.Journal.MemoryJournal, Akka.Persistence"
              connection-string = "a=b;c=\"d\""
              prefer-parameters-on-multirow-insert = off
              replay-batch-size = 1000
              event-adapters { }
            }
            """);

        string plugin = ShardPlugin.Of(_system, "");

        Assert.Equal("akka.persistence.journal.orders-for-shards", plugin);
        Config settings = _system.Settings.Config;
        Assert.Equal("off", settings.GetString($"{plugin}.replay-filter.mode"));
        Assert.True(settings.GetBoolean($"{plugin}.prefer-parameters-on-multirow-insert"));
        Assert.Equal(16, settings.GetInt($"{plugin}.replay-batch-size"));
        Assert.Equal("a=b;c=\"d\"", settings.GetString($"{plugin}.connection-string"));
        Assert.StartsWith("Akka.Persistence.Journal.MemoryJournal", settings.GetString($"{plugin}.class"), StringComparison.Ordinal);
        Assert.Equal(1000, settings.GetInt("akka.persistence.journal.orders.replay-batch-size"));
        Assert.Equal(plugin, ShardPlugin.Of(_system, "akka.persistence.journal.orders"));
    }

    [Fact]
    public void A_plugin_that_has_them_is_used_as_it_is()
    {
        Start("""
            akka.persistence.journal.orders {
              class = "Akka.Persistence.Journal.MemoryJournal, Akka.Persistence"
              replay-filter.mode = off
            }
            """);
        Assert.Equal("akka.persistence.journal.orders", ShardPlugin.Of(_system, "akka.persistence.journal.orders"));
    }

    [Fact]
    public void A_plugin_that_is_not_configured_is_refused()
    {
        Start("");
        var error = Assert.Throws<PipelineException>(() => Store.AkkaPersistence(
            _system, Store.InMemory(), new AkkaPersistenceOptions { JournalPlugin = "akka.persistence.journal.sqll" }));
        Assert.Equal("The ActorSystem 'plugins' has no configuration 'akka.persistence.journal.sqll', which is to be the journal plugin.",
            error.Message);
    }

    [Fact]
    public void The_journal_in_memory_that_is_there_when_nothing_is_said_is_refused_because_it_would_lose_what_the_rows_remember()
    {
        Start("");
        var error = Assert.Throws<PipelineException>(() => Store.AkkaPersistence(_system, Store.InMemory()));
        Assert.StartsWith("The ActorSystem 'plugins' names no journal plugin that outlives it: set akka.persistence.journal.plugin",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_serializer_of_events_stays_when_another_extension_brings_its_configuration()
    {
        Start("");
        ShardEventSerializer.AddTo(_system);
        _system.Settings.InjectTopLevelFallback(ConfigurationFactory.ParseString("other.extension = on"));
        Assert.IsType<ShardEventSerializer>(_system.Serialization.FindSerializerForType(typeof(ShardEvent)));
    }

    [Fact]
    public void An_event_is_its_bytes_and_a_manifest_that_people_can_read()
    {
        Start("");
        ShardEventSerializer.AddTo(_system);
        var serializer = new ShardEventSerializer((ExtendedActorSystem)_system);
        byte[] payload = [1, 2, 3];
        var one = new ShardEvent(WriterLog.WriterOf(7, 2), Epoch: 41, Part: 1, IsSnapshot: true, Checksum: 0xABCD, payload);

        Assert.Same(payload, serializer.ToBinary(one));
        Assert.Equal("1:7340034:41:1:s:0000abcd", serializer.Manifest(one));
        Assert.Equal(one, serializer.FromBinary(payload, serializer.Manifest(one)));
    }

    private void Start(string hocon) => _system = ActorSystem.Create("plugins", ConfigurationFactory.ParseString(hocon + """

        akka.loglevel = OFF
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """));
}

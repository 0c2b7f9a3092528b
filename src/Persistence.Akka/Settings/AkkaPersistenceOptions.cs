using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Extension = Akka.Persistence.Persistence;

namespace ActorStreams;

/// <summary>How state is kept in Akka.Persistence.</summary>
public sealed record AkkaPersistenceOptions
{
    /// <summary>The journal plugin's path in the configuration, such as <c>akka.persistence.journal.sql</c>. Default: empty, the plugin
    /// that <c>akka.persistence.journal.plugin</c> names.</summary>
    public string JournalPlugin { get; init; } = "";

    /// <summary>Shards that are restored at the same time. Default: 16: each holds its events in memory until they are read.</summary>
    public int ShardsAtOnce { get; init; } = 16;

    /// <summary>What was set.</summary>
    public override string ToString() => SettingsText.Of(this, new AkkaPersistenceOptions());

    internal void Check(ActorSystem system)
    {
        if (ShardsAtOnce < 1)
            throw new PipelineException(
                $"{nameof(AkkaPersistenceOptions)}.{nameof(ShardsAtOnce)} is {ShardsAtOnce}; it must be at least 1.");
        Extension.Instance.Apply(system);   // brings the configuration of its own plugins
        Config config = system.Settings.Config;
        string plugin = JournalPlugin.Length > 0 ? JournalPlugin : config.GetString("akka.persistence.journal.plugin", "") ?? "";
        if (plugin.Length == 0)
        {
            throw new PipelineException(
                $"The ActorSystem '{system.Name}' names no journal plugin: set akka.persistence.journal.plugin (Akka.Persistence.Sql: by WithSqlPersistence), or " +
                $"{nameof(AkkaPersistenceOptions)}.{nameof(JournalPlugin)}.");
        }

        if (!config.HasPath(plugin))
            throw new PipelineException(
                $"The ActorSystem '{system.Name}' has no configuration '{plugin}', which is to be the journal plugin.");
        // off, a large event is written as text of hexadecimal digits: three times slower
        string parameters = $"{plugin}.prefer-parameters-on-multirow-insert";
        if (config.HasPath(parameters) && !config.GetBoolean(parameters))
            system.Log.Warning("{0} is off: large events are written about three times slower than with it.", parameters);
    }
}

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

    internal void Check()
    {
        if (ShardsAtOnce < 1)
            throw new PipelineException(
                $"{nameof(AkkaPersistenceOptions)}.{nameof(ShardsAtOnce)} is {ShardsAtOnce}; it must be at least 1.");
    }
}

using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>What an epoch's row knows of the journals at its end.</summary>
/// <param name="Writers">Whose events count.</param>
/// <param name="Shards">Which shards have any.</param>
internal sealed record JournalHead(WriterLog Writers, ShardSet Shards)
{
    public static JournalHead Empty { get; } = new(WriterLog.Empty, ShardSet.Empty);
}

using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>What an epoch's row knows of the journals at its end.</summary>
/// <param name="Writers">Whose events count.</param>
/// <param name="Others">Whose do instead, of single shards and epochs.</param>
/// <param name="Shards">Which shards have any.</param>
internal sealed record JournalHead(WriterLog Writers, OtherWriters Others, ShardSet Shards)
{
    public static JournalHead Empty { get; } = new(WriterLog.Empty, OtherWriters.None, ShardSet.Empty);

    /// <summary>The oldest epoch that was to stay readable when the last one was committed; 0: it is not known.</summary>
    public long RetainFrom { get; init; }

    /// <summary>Whether an event of a committed epoch was written by who committed it, in the attempt that did.</summary>
    public bool Counts(ShardName shard, long writer, long epoch) =>
        Others.Find(shard, epoch) is { } other ? other == writer : Writers.Counts(writer, epoch);
}

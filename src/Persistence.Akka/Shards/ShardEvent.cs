using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Akka.Shards;

/// <summary>What an epoch changed in a shard, or a part of it, as the journal of Akka.Persistence keeps it.</summary>
/// <param name="Writer">Who wrote it: whether it counts is decided by the epoch's row.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Part">Its number among those of the same shard and epoch, from 0.</param>
/// <param name="IsSnapshot">Whether it is the whole state.</param>
/// <param name="Checksum">What <see cref="JournalChecksum"/> said of it.</param>
/// <param name="Payload">The bytes, its own.</param>
internal sealed record ShardEvent(long Writer, long Epoch, int Part, bool IsSnapshot, uint Checksum, byte[] Payload)
{
    public static ShardEvent Of(in JournalEvent entry, long writer) => new(
        writer, entry.Epoch, entry.Part, entry.IsSnapshot, entry.Checksum ?? JournalChecksum.Of(entry), entry.Payload.ToArray());

    public JournalEvent At(string operatorName, int shard) =>
        new(operatorName, shard, Epoch, IsSnapshot, Part, Payload) { Checksum = Checksum };
}

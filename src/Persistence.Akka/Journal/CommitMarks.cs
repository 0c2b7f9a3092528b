using System.Buffers.Binary;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>What the epoch's row tells of the events that lie elsewhere: who wrote them, and what they are.</summary>
internal static class CommitMarks
{
    /// <summary>No operator of a pipeline has this name.</summary>
    public const string Operator = "/akka-persistence";

    private const int Writers = 0, Content = 1;

    /// <summary>The marks of an epoch.</summary>
    /// <param name="commit">The epoch.</param>
    /// <param name="writers">Who wrote which epoch; null: as for the epoch before.</param>
    public static IReadOnlyList<JournalEvent> Of(EpochCommit commit, WriterLog? writers)
    {
        var marks = new List<JournalEvent>();
        if (writers is not null)
            marks.Add(new(Operator, Writers, commit.Epoch, IsSnapshot: true, Part: 0, writers.Encode()));
        marks.Add(new(Operator, Content, commit.Epoch, IsSnapshot: true, Part: 0, DigestOf(commit.Events)));
        return marks;
    }

    /// <summary>Who wrote which epoch up to <paramref name="epoch"/>, the last one.</summary>
    /// <exception cref="StoreException">The epoch is not retained, or was written by a store without Akka.Persistence.</exception>
    public static async ValueTask<WriterLog> WritersAsync(JobReader rows, long epoch, CancellationToken cancellation)
    {
        await foreach (JournalEvent mark in rows.ReadAsync(Operator, Writers, 1, epoch, cancellation))
            return WriterLog.Decode(mark.Payload.Span);
        throw new StoreException(
            $"Epoch {epoch} was written without Akka.Persistence: its state is in the store of its row. Open that store by itself, or begin with another one.");
    }

    /// <summary>Refuses an epoch that is not retained.</summary>
    public static async ValueTask CheckRetainedAsync(JobReader rows, long epoch, CancellationToken cancellation)
    {
        await foreach (JournalEvent _ in rows.ReadAsync(Operator, Content, 1, epoch, cancellation))
            return;
    }

    /// <summary>Tells the events of an epoch from all others, so that committing it again with other events is noticed.</summary>
    private static byte[] DigestOf(IReadOnlyList<JournalEvent> events)
    {
        byte[] digest = new byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(digest, events.Count);
        uint chain = 0;
        byte[] link = new byte[12];
        foreach (JournalEvent one in events.OrderBy(one => one.Operator, StringComparer.Ordinal).ThenBy(one => one.Shard)
            .ThenBy(one => one.Part))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(link, chain);
            BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(4), one.Checksum ?? JournalChecksum.Of(one));
            BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(8), Crc32C.Compute(System.Text.Encoding.UTF8.GetBytes(one.Operator)));
            chain = Crc32C.Compute(link);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(digest.AsSpan(4), chain);
        return digest;
    }
}

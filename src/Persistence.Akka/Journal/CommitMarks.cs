using System.Buffers.Binary;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>What the epoch's row tells of the events that lie elsewhere: who wrote them, where they are, and what they are.</summary>
internal static class CommitMarks
{
    /// <summary>No operator of a pipeline has this name.</summary>
    public const string Operator = "/akka-persistence";

    private const int Writers = 0, Content = 1, Shards = 2, Kinds = 3;

    /// <summary>The marks of an epoch: of the head only what is new.</summary>
    public static IReadOnlyList<JournalEvent> Of(EpochCommit commit, JournalHead before, JournalHead now)
    {
        var marks = new List<JournalEvent>();
        if (!ReferenceEquals(before.Writers, now.Writers))
            marks.Add(Mark(Writers, commit.Epoch, now.Writers.Encode()));
        marks.Add(Mark(Content, commit.Epoch, DigestOf(commit.Events)));
        if (!ReferenceEquals(before.Shards, now.Shards))
            marks.Add(Mark(Shards, commit.Epoch, now.Shards.Encode()));
        return marks;
    }

    /// <summary>The marks that a committed epoch has if its events are those of <paramref name="commit"/>; none if it is not
    /// retained.</summary>
    public static async ValueTask<IReadOnlyList<JournalEvent>> AgainAsync(
        JobReader rows, EpochCommit commit, CancellationToken cancellation)
    {
        var marks = new List<JournalEvent>();
        if ((await rows.EpochsAsync(cancellation)).All(known => known.Epoch != commit.Epoch))
            return marks;
        await foreach (JournalEvent mark in rows.ReadAsync(Operator, 0, Kinds, commit.Epoch, cancellation))
        {
            if (mark.Epoch == commit.Epoch)
                marks.Add(mark.Shard == Content ? Mark(Content, commit.Epoch, DigestOf(commit.Events)) : mark);
        }

        return marks;
    }

    /// <summary>What was known at the end of <paramref name="epoch"/>.</summary>
    /// <exception cref="StoreException">The epoch is not retained, or was written by a store without Akka.Persistence.</exception>
    public static async ValueTask<JournalHead> HeadAsync(JobReader rows, long epoch, CancellationToken cancellation) =>
        await FindHeadAsync(rows, epoch, cancellation) ?? throw new StoreException(
            $"Epoch {epoch} was written without Akka.Persistence: its state is in the store of its row. Open that store by itself, or begin with another one.");

    /// <summary>What was known at the end of <paramref name="epoch"/>; null: its state is in the store of its row.</summary>
    public static async ValueTask<JournalHead?> FindHeadAsync(JobReader rows, long epoch, CancellationToken cancellation)
    {
        WriterLog? writers = null;
        ShardSet shards = ShardSet.Empty;
        await foreach (JournalEvent mark in rows.ReadAsync(Operator, 0, Kinds, epoch, cancellation))
        {
            if (mark.Shard == Writers)
                writers = WriterLog.Decode(mark.Payload.Span);
            else if (mark.Shard == Shards)
                shards = ShardSet.Decode(mark.Payload.Span);
        }

        return writers is null ? null : new JournalHead(writers, shards);
    }

    private static JournalEvent Mark(int kind, long epoch, byte[] bytes) => new(Operator, kind, epoch, IsSnapshot: true, Part: 0, bytes);

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

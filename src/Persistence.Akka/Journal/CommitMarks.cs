using System.Buffers.Binary;
using ActorStreams.Authoring;
using ActorStreams.Persistence.Akka.Shards;

namespace ActorStreams.Persistence.Akka.Journal;

/// <summary>What the epoch's row tells of the events that lie elsewhere: who wrote them, where they are, and what they are.</summary>
internal static class CommitMarks
{
    /// <summary>No operator of a pipeline has this name.</summary>
    public const string Operator = "/akka-persistence";

    private const int Writers = 0, Content = 1, Shards = 2, Others = 3, Kinds = 4;

    private const int DigestBytes = 12, ContentBytes = DigestBytes + 8;

    /// <summary>The marks of an epoch: of the head only what is new.</summary>
    public static IReadOnlyList<JournalEvent> Of(EpochCommit commit, JournalHead before, JournalHead now)
    {
        var marks = new List<JournalEvent>();
        if (!ReferenceEquals(before.Writers, now.Writers))
            marks.Add(Mark(Writers, commit.Epoch, now.Writers.Encode()));
        byte[] content = new byte[ContentBytes];
        DigestOf(commit, content);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(DigestBytes), now.RetainFrom);
        marks.Add(Mark(Content, commit.Epoch, content));
        if (!ReferenceEquals(before.Others, now.Others))
            marks.Add(Mark(Others, commit.Epoch, now.Others.Encode()));
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
            if (mark.Epoch != commit.Epoch)
                continue;
            byte[] bytes = mark.Payload.ToArray();      // what is retained may be another epoch the second time
            if (mark.Shard == Content)
                DigestOf(commit, bytes);
            marks.Add(mark with { Payload = bytes, Checksum = null });
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
        OtherWriters others = OtherWriters.None;
        ShardSet shards = ShardSet.Empty;
        long retainFrom = 0;
        await foreach (JournalEvent mark in rows.ReadAsync(Operator, 0, Kinds, epoch, cancellation))
        {
            if (mark.Shard == Writers)
                writers = WriterLog.Decode(mark.Payload.Span);
            else if (mark.Shard == Others)
                others = OtherWriters.Decode(mark.Payload.Span);
            else if (mark.Shard == Shards)
                shards = ShardSet.Decode(mark.Payload.Span);
            else if (mark is { Shard: Content, Payload.Length: ContentBytes })
                retainFrom = BinaryPrimitives.ReadInt64LittleEndian(mark.Payload.Span[DigestBytes..]);
        }

        return writers is null ? null : new JournalHead(writers, others, shards) { RetainFrom = retainFrom };
    }

    private static JournalEvent Mark(int kind, long epoch, byte[] bytes) => new(Operator, kind, epoch, IsSnapshot: true, Part: 0, bytes);

    /// <summary>Tells the events of an epoch from all others, so that committing it again with other events is noticed.</summary>
    private static void DigestOf(EpochCommit commit, Span<byte> digest)
    {
        uint chain = 0;
        byte[] link = new byte[12];
        foreach (JournalEvent one in commit.Events.OrderBy(one => one.Operator, StringComparer.Ordinal).ThenBy(one => one.Shard)
            .ThenBy(one => one.Part))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(link, chain);
            BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(4), one.Checksum ?? JournalChecksum.Of(one));
            BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(8), Crc32C.Compute(System.Text.Encoding.UTF8.GetBytes(one.Operator)));
            chain = Crc32C.Compute(link);
        }

        foreach (PreparedPart part in commit.Prepared)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(link, chain);
            BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(4), part.Sum);
            BinaryPrimitives.WriteUInt32LittleEndian(link.AsSpan(8), Crc32C.Compute(part.Note.Span));
            chain = Crc32C.Compute(link);
        }

        BinaryPrimitives.WriteInt32LittleEndian(digest, commit.Events.Count + commit.Prepared.Sum(static part => part.Events));
        BinaryPrimitives.WriteUInt32LittleEndian(digest[4..], chain);
    }
}

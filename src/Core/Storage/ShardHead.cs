using System.Buffers.Binary;

namespace ActorStreams.Core.Storage;

/// <summary>What of one shard's journal belongs to an epoch: how many blobs there are from its newest snapshot on, and their checksums,
/// each chained to the one before.</summary>
/// <remarks>The manifest of every epoch tells it, so that a restore finds exactly what was committed: a blob that is missing, added,
/// doubled or another one is noticed.</remarks>
internal readonly record struct ShardHead(int Blobs, uint Chain)
{
    /// <summary>What belongs to the shard after one more blob; the first blob of a snapshot begins anew.</summary>
    public ShardHead Then(in JournalEvent entry)
    {
        ShardHead before = entry is { IsSnapshot: true, Part: 0 } ? default : this;
        Span<byte> link = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(link, before.Chain);
        BinaryPrimitives.WriteUInt32LittleEndian(link[4..], entry.Checksum ?? JournalChecksum.Of(entry));
        return new ShardHead(before.Blobs + 1, Crc32C.Compute(link));
    }

    /// <summary>The heads of an operator's shards as the manifest keeps them: of each shard with a journal how many shards were left out
    /// before it, blobs, chain.</summary>
    public static byte[] Encode(ReadOnlySpan<ShardHead> heads)
    {
        var writer = new BlobWriter();
        int next = 0;
        for (int shard = 0; shard < heads.Length; shard++)
        {
            if (heads[shard].Blobs == 0)
                continue;
            writer.WriteVarint((uint)(shard - next));
            writer.WriteVarint((uint)heads[shard].Blobs);
            writer.WriteInt32((int)heads[shard].Chain);
            next = shard + 1;
        }

        return writer.ToArray();
    }

    /// <exception cref="CodecException">The bytes are not of <paramref name="shards"/> shards.</exception>
    public static ShardHead[] Decode(ReadOnlySpan<byte> bytes, int shards)
    {
        var heads = new ShardHead[shards];
        var reader = new BlobReader(bytes);
        long shard = -1;
        while (reader.Remaining > 0)
        {
            shard += 1 + reader.ReadVarint();
            if (shard >= shards)
                throw new CodecException($"it tells of shard {shard}, and the job has {shards}");
            heads[shard] = new ShardHead((int)reader.ReadVarint(), (uint)reader.ReadInt32());
        }

        return heads;
    }
}

using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Archives;

/// <summary>The entries of a shard's journal as bytes: each with where it stood, so that whoever reads them back gets the same
/// entries.</summary>
internal static class ShardStream
{
    private const int HeaderBytes = 8 + 4 + 1 + 4 + 4;

    public static void Write(BlobWriter bytes, in JournalEvent entry)
    {
        bytes.WriteInt64(entry.Epoch);
        bytes.WriteInt32(entry.Part);
        bytes.WriteByte(entry.IsSnapshot ? (byte)1 : (byte)0);
        bytes.WriteInt32((int)(entry.Checksum ?? JournalChecksum.Of(entry)));
        bytes.WriteInt32(entry.Payload.Length);
        bytes.WriteBytes(entry.Payload.Span);
    }

    /// <summary>The next entry.</summary>
    /// <param name="bytes">What has come and was not read; the entry is taken off.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="entry">The entry; its memory is its own.</param>
    /// <returns>Whether all of it has come.</returns>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, string operatorName, int shard, out JournalEvent entry)
    {
        entry = default;
        if (bytes.Length < HeaderBytes)
            return false;
        var reader = new BlobReader(bytes);
        long epoch = reader.ReadInt64();
        int part = reader.ReadInt32();
        bool isSnapshot = reader.ReadByte() == 1;
        uint checksum = (uint)reader.ReadInt32();
        int length = reader.ReadInt32();
        if (length > reader.Remaining)
            return false;
        entry = new JournalEvent(operatorName, shard, epoch, isSnapshot, part, reader.Take(length).ToArray()) { Checksum = checksum };
        bytes = bytes[(HeaderBytes + length)..];
        return true;
    }
}

using System.Buffers.Binary;

namespace ActorStreams;

/// <summary>The CRC32C of a journal event: covers where it stands besides what it holds, so that a blob in the wrong place is found
/// too.</summary>
public static class JournalChecksum
{
    /// <summary>The checksum of an event: of its epoch, shard, part, kind and payload.</summary>
    public static uint Of(in JournalEvent journalEvent)
    {
        Span<byte> place = stackalloc byte[17];
        BinaryPrimitives.WriteInt64LittleEndian(place, journalEvent.Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(place[8..], journalEvent.Shard);
        BinaryPrimitives.WriteInt32LittleEndian(place[12..], journalEvent.Part);
        place[16] = journalEvent.IsSnapshot ? (byte)1 : (byte)0;
        return Crc32C.Append(Crc32C.Compute(place), journalEvent.Payload.Span);
    }
}

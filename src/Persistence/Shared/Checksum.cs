using System.Buffers.Binary;

namespace ActorStreams.Persistence.Shared;

/// <summary>CRC32C (Castagnoli) of what is stored. Covers where a row stands besides what it holds, so that a row in the wrong place is
/// found too.</summary>
internal static class Checksum
{
    public static uint Of(in JournalEvent journalEvent) => JournalChecksum.Of(journalEvent);

    public static uint Of(EpochRecord record)
    {
        Span<byte> place = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(place, record.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], record.Generation);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], record.CommittedAt);
        return Crc32C.Append(Crc32C.Compute(place), record.Manifest.Span);
    }
}

using System.Buffers.Binary;
using System.Numerics;
using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Shared;

/// <summary>CRC32C (Castagnoli) of what is stored. Covers where a row stands besides what it holds, so that a row in the wrong place is found too.</summary>
internal static class Checksum
{
    public static uint Of(in JournalEvent journalEvent) => JournalChecksum.Of(journalEvent);

    public static uint Of(EpochRecord record)
    {
        Span<byte> place = stackalloc byte[24];
        BinaryPrimitives.WriteInt64LittleEndian(place, record.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(place[8..], record.Generation);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], record.CommittedAt);
        return ~Append(Append(uint.MaxValue, place), record.Manifest.Span);
    }

    public static uint Of(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    private static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Authoring;

/// <summary>The CRC-32C (Castagnoli) checksum of RFC 3720, which processors compute in hardware.</summary>
public static class Crc32C
{
    // The instruction takes three cycles but starts every cycle: three lanes run at once and are joined by a table
    // that says what LaneBytes zero bytes do to a checksum (M. Adler's method).
    private const int LaneBytes = 1024;
    private static readonly uint[] s_shift = ShiftTable();

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what <paramref name="checksum"/> covers, followed by <paramref name="bytes"/>; 0 covers nothing.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~checksum;
        while (bytes.Length >= 3 * LaneBytes)
        {
            crc = ThreeLanes(crc, bytes);
            bytes = bytes[(3 * LaneBytes)..];
        }

        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, eight);
        foreach (byte one in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }

    private static uint ThreeLanes(uint crc, ReadOnlySpan<byte> bytes)
    {
        ref byte start = ref MemoryMarshal.GetReference(bytes);
        uint second = 0, third = 0;
        for (nint at = 0; at < LaneBytes; at += 8)
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at)));
            second = BitOperations.Crc32C(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at + LaneBytes)));
            third = BitOperations.Crc32C(third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, at + (2 * LaneBytes))));
        }

        return Shift(Shift(crc) ^ second) ^ third;
    }

    private static uint Shift(uint crc) =>
        s_shift[(int)(crc & 0xFF)] ^ s_shift[256 + (int)((crc >> 8) & 0xFF)] ^ s_shift[512 + (int)((crc >> 16) & 0xFF)] ^ s_shift[768 +
            (int)(crc >> 24)];

    private static uint[] ShiftTable()
    {
        var table = new uint[4 * 256];
        for (int entry = 0; entry < table.Length; entry++)
        {
            uint crc = (uint)(entry & 0xFF) << (8 * (entry >> 8));
            for (int eight = 0; eight < LaneBytes / 8; eight++)
                crc = BitOperations.Crc32C(crc, 0UL);
            table[entry] = crc;
        }

        return table;
    }
}

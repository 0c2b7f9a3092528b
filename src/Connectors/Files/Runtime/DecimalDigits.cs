using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Reads up to 16 decimal digits, eight at a time in one register.</summary>
internal static class DecimalDigits
{
    private const int MostDigits = 16;

    /// <summary>Reads a number that is digits only; false for any other, also for a good one that is longer or has a sign.</summary>
    /// <param name="bytes">The array in which the digits stand. Bytes before them are loaded, and ignored.</param>
    /// <param name="start">Where the digits begin.</param>
    /// <param name="length">How many there are.</param>
    /// <param name="value">The number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(byte[] bytes, int start, int length, out long value)
    {
        int end = start + length;
        value = 0;
        if ((uint)(length - 1) >= MostDigits || end < MostDigits)
            return false;

        // the last digit is the highest byte; what stands before the first one is shifted out and becomes leading zeros
        ulong low = Load(bytes, end - sizeof(ulong));
        if (length <= sizeof(ulong))
        {
            low &= ulong.MaxValue << ((sizeof(ulong) - length) * 8);
            value = (long)Number(low);
            return AreDigits(low);
        }

        ulong high = Load(bytes, end - MostDigits) & (ulong.MaxValue << ((MostDigits - length) * 8));
        value = (long)((Number(high) * 100_000_000) + Number(low));
        return AreDigits(low) & AreDigits(high);
    }

    /// <summary>Eight characters as the numbers 0 to 9, others as something else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at, sizeof(ulong))) ^ 0x3030_3030_3030_3030;

    /// <summary>Whether no byte is above 9: adding 118 then leaves every highest bit clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreDigits(ulong digits) => (((digits + 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080) == 0;

    /// <summary>Adds neighbours up: digits to pairs, pairs to fours, fours to the number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Number(ulong digits)
    {
        digits = (digits * 10) + (digits >> 8);
        const ulong EveryFourthByte = 0x0000_00FF_0000_00FF;
        const ulong LowerPairs = 100 + (1_000_000UL << 32), UpperPairs = 1 + (10_000UL << 32);
        return (((digits & EveryFourthByte) * LowerPairs) + (((digits >> 16) & EveryFourthByte) * UpperPairs)) >> 32;
    }
}

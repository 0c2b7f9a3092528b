using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Reads up to 16 decimal digits, all or eight at a time in one register.</summary>
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

        if (Sse41.IsSupported)
            return TryReadAtOnce(bytes, end, length, out value);

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

    /// <summary>The same with one register of 16 digits, which needs no branch for the length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadAtOnce(byte[] bytes, int end, int length, out long value)
    {
        Vector128<byte> digits = Vector128.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(bytes),
            (nuint)(end - MostDigits)) ^ Vector128.Create((byte)'0');
        digits &= Vector128.GreaterThanOrEqual(Vector128<byte>.Indices, Vector128.Create((byte)(MostDigits - length)));
        Vector128<short> pairs = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((ushort)(10 + (1 << 8))).AsSByte());
        Vector128<int> fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(100 + (1 << 16)).AsInt16());
        Vector128<int> eights = Sse2.MultiplyAddAdjacent(Sse41.PackUnsignedSaturate(fours, fours).AsInt16(),
            Vector128.Create(10_000 + (1 << 16)).AsInt16());
        value = ((long)eights[0] * 100_000_000) + eights[1];
        return Vector128.LessThanOrEqualAll(digits, Vector128.Create((byte)9));
    }

    /// <summary>Eight characters as the numbers 0 to 9, others as something else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(byte[] bytes, int at) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at, sizeof(ulong))) ^ 0x3030_3030_3030_3030;

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

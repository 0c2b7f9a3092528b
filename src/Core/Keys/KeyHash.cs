using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Core.Keys;

/// <summary>The 64-bit hash that places a key in its shard: the same in every process and version, because shards are stored by it.</summary>
/// <remarks>
/// Numbers are multiplied by 2^64 / golden ratio (Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing), upper half folded in first;
/// shards and slots take the top bits. Numbers given out in sequence, the commonest keys, spread without collisions that way. Text and
/// composite keys are folded eight bytes at a time through 128-bit products first. -0.0 counts as 0.0, and all NaN as one key.
/// </remarks>
internal static class KeyHash<TKey>
{
    private static readonly Codec<TKey>? s_codec = IsDirect ? null : RecordCodec.Of<TKey>();

    [ThreadStatic]
    private static BlobWriter? t_writer;

    private static bool IsDirect =>
        typeof(TKey) == typeof(long) || typeof(TKey) == typeof(ulong) || typeof(TKey) == typeof(int) || typeof(TKey) == typeof(uint)
        || typeof(TKey) == typeof(short) || typeof(TKey) == typeof(ushort) || typeof(TKey) == typeof(byte) || typeof(TKey) == typeof(sbyte)
        || typeof(TKey) == typeof(char) || typeof(TKey) == typeof(bool) || typeof(TKey) == typeof(double) || typeof(TKey) == typeof(float)
        || typeof(TKey) == typeof(string) || typeof(TKey) == typeof(Guid);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(TKey key)
    {
        if (typeof(TKey) == typeof(long))
            return Mix((ulong)(long)(object)key!);
        if (typeof(TKey) == typeof(ulong))
            return Mix((ulong)(object)key!);
        if (typeof(TKey) == typeof(int))
            return Mix((ulong)(int)(object)key!);
        if (typeof(TKey) == typeof(uint))
            return Mix((uint)(object)key!);
        if (typeof(TKey) == typeof(short))
            return Mix((ulong)(short)(object)key!);
        if (typeof(TKey) == typeof(ushort))
            return Mix((ushort)(object)key!);
        if (typeof(TKey) == typeof(byte))
            return Mix((byte)(object)key!);
        if (typeof(TKey) == typeof(sbyte))
            return Mix((ulong)(sbyte)(object)key!);
        if (typeof(TKey) == typeof(char))
            return Mix((char)(object)key!);
        if (typeof(TKey) == typeof(bool))
            return Mix((bool)(object)key! ? 1UL : 0UL);
        return OfOther(key);
    }

    private static ulong OfOther(TKey key)
    {
        if (key is null)
            return Mix(0x9E37_79B9_7F4A_7C15);
        if (typeof(TKey) == typeof(string))
            return OfBytes(MemoryMarshal.AsBytes(((string)(object)key).AsSpan()));
        if (typeof(TKey) == typeof(double))
            return OfDouble((double)(object)key);
        if (typeof(TKey) == typeof(float))
            return OfDouble((float)(object)key);
        if (typeof(TKey) == typeof(Guid))
            return OfBytes(((Guid)(object)key).ToByteArray());
        BlobWriter writer = t_writer ??= new BlobWriter();
        writer.Clear();
        s_codec!.Write(writer, key);
        return OfBytes(writer.Written);
    }

    private static ulong OfDouble(double value) => Mix(value switch
    {
        0.0 => 0UL,
        double.NaN => 0x7FF8_0000_0000_0000UL,
        _ => (ulong)BitConverter.DoubleToInt64Bits(value),
    });

    private static ulong OfBytes(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 0x9E37_79B9_7F4A_7C15UL ^ ((ulong)bytes.Length * 0xC2B2_AE3D_27D4_EB4FUL);
        while (bytes.Length >= 8)
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
            rest |= (ulong)bytes[i] << (8 * i);
        return Mix(Fold(hash ^ rest));
    }

    private static ulong Fold(ulong value)
    {
        ulong high = Math.BigMul(value, 0xA24B_AED4_963E_E407UL, out ulong low);
        return high ^ low ^ value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value) => (value ^ (value >> 32)) * 0x9E37_79B9_7F4A_7C15UL;
}

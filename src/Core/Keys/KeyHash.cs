using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Core.Keys;

/// <summary>The 64-bit hash that places a key in its shard: the same in every process and version, because shards are stored by it, and
/// for all keys that are equal.</summary>
/// <remarks>
/// Each job has a seed of its own (<see cref="KeySeed"/>); what jobs share is hashed without one (<see cref="Stable"/>).
/// Numbers are multiplied by 2^64 / golden ratio (Knuth, The Art of Computer Programming 3, 6.4: multiplicative hashing), upper half
/// folded in first;
/// shards and slots take the top bits. Numbers given out in sequence, the commonest keys, spread without collisions that way. Text and
/// composite keys are folded eight bytes at a time through 128-bit products first, in the form that equal keys share
/// (<see cref="KeyForm{TKey}"/>); a composite key may also hash its fields itself (<see cref="IHashedKey"/>).
/// </remarks>
internal static class KeyHash<TKey>
{
    [ThreadStatic]
    private static BlobWriter? t_writer;

    /// <summary>The hash that is the same for all jobs.</summary>
    public static ulong Stable(TKey key) => Of(key, KeySeed.None);

    /// <summary>What the hash was before equal keys had one: that of the stored bytes.</summary>
    public static ulong OfStored(TKey key)
    {
        if (key is null || KeyForm<TKey>.IsAsStored)
            return Stable(key);
        if (typeof(TKey) == typeof(double) || typeof(TKey) == typeof(float))
            return Stable(key);     // always told zeros and NaN alike
        var writer = new BlobWriter();
        RecordCodec.Of<TKey>().Write(writer, key);
        return OfBytes(writer.Written, KeySeed.None);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(TKey key, ulong seed)
    {
        if (typeof(TKey) == typeof(long))
            return Mix((ulong)(long)(object)key!, seed);
        if (typeof(TKey) == typeof(ulong))
            return Mix((ulong)(object)key!, seed);
        if (typeof(TKey) == typeof(int))
            return Mix((ulong)(int)(object)key!, seed);
        if (typeof(TKey) == typeof(uint))
            return Mix((uint)(object)key!, seed);
        if (typeof(TKey) == typeof(short))
            return Mix((ulong)(short)(object)key!, seed);
        if (typeof(TKey) == typeof(ushort))
            return Mix((ushort)(object)key!, seed);
        if (typeof(TKey) == typeof(byte))
            return Mix((byte)(object)key!, seed);
        if (typeof(TKey) == typeof(sbyte))
            return Mix((ulong)(sbyte)(object)key!, seed);
        if (typeof(TKey) == typeof(char))
            return Mix((char)(object)key!, seed);
        if (typeof(TKey) == typeof(bool))
            return Mix((bool)(object)key! ? 1UL : 0UL, seed);
        return OfOther(key, seed);
    }

    private static ulong OfOther(TKey key, ulong seed)
    {
        if (key is null)
            return Mix(0x9E37_79B9_7F4A_7C15, seed);
        if (typeof(TKey) == typeof(string))
            return OfBytes(MemoryMarshal.AsBytes(((string)(object)key).AsSpan()), seed);
        if (typeof(TKey) == typeof(double))
            return Mix(BitConverter.DoubleToUInt64Bits(EqualScalars.Of((double)(object)key)), seed);
        if (typeof(TKey) == typeof(float))
            return Mix(BitConverter.DoubleToUInt64Bits(EqualScalars.Of((double)(float)(object)key)), seed);
        if (typeof(TKey) == typeof(Guid))
            return OfBytes(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<TKey, byte>(ref key), 16), seed);
        if (typeof(TKey).IsValueType && key is IHashedKey)
            return ((IHashedKey)key).HashOf(seed);
        BlobWriter writer = t_writer ??= new BlobWriter();
        writer.Clear();
        KeyForm<TKey>.Write(writer, key);
        return OfBytes(writer.Written, seed);
    }

    private static ulong OfBytes(ReadOnlySpan<byte> bytes, ulong seed)
    {
        ulong multiplier = 0xA24B_AED4_963E_E407UL ^ seed;
        ulong hash = 0x9E37_79B9_7F4A_7C15UL ^ ((ulong)bytes.Length * 0xC2B2_AE3D_27D4_EB4FUL) ^ BitOperations.RotateLeft(seed, 32);
        while (bytes.Length >= 8)
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), multiplier);
            bytes = bytes[8..];
        }

        ulong rest = 0;
        for (int i = 0; i < bytes.Length; i++)
            rest |= (ulong)bytes[i] << (8 * i);
        return Mix(Fold(hash ^ rest, multiplier), KeySeed.None);
    }

    private static ulong Fold(ulong value, ulong multiplier)
    {
        ulong high = Math.BigMul(value, multiplier, out ulong low);
        return high ^ low ^ value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value, ulong seed) => (value ^ (value >> 32) ^ seed) * 0x9E37_79B9_7F4A_7C15UL;
}

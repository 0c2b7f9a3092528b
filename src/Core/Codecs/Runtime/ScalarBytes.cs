using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Scalars in place, without bounds checks: room was taken, or required, for a whole run of fields at once. What was read is
/// judged.</summary>
/// <remarks>Called by compiled code, by name: <c>Put</c> of the type, <c>Peek</c> + name of the type, else the raw ones.</remarks>
internal static class ScalarBytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PutRaw<T>(byte[] bytes, int at, T value)
        where T : unmanaged =>
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bytes), at), value);

    public static void Put(byte[] bytes, int at, bool value) => PutRaw(bytes, at, value ? (byte)1 : (byte)0);

    public static void Put(byte[] bytes, int at, DateTime value) => PutRaw(bytes, at, value.Ticks | ((long)value.Kind << 62));

    public static void Put(byte[] bytes, int at, DateTimeOffset value)
    {
        PutRaw(bytes, at, value.Ticks);
        PutRaw(bytes, at + 8, (short)value.TotalOffsetMinutes);
    }

    public static void Put(byte[] bytes, int at, DateOnly value) => PutRaw(bytes, at, value.DayNumber);

    public static void Put(byte[] bytes, int at, TimeOnly value) => PutRaw(bytes, at, value.Ticks);

    public static void Put(byte[] bytes, int at, decimal value) =>
        decimal.GetBits(value, MemoryMarshal.Cast<byte, int>(bytes.AsSpan(at, 16)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T PeekRaw<T>(ref BlobReader reader, int at)
        where T : unmanaged =>
        reader.Peek<T>(at);

    public static bool PeekBoolean(ref BlobReader reader, int at) => reader.Peek<byte>(at) switch
    {
        0 => false,
        1 => true,
        byte other => throw Damaged("truth value", other),
    };

    public static DateTime PeekDateTime(ref BlobReader reader, int at)
    {
        long bits = reader.Peek<long>(at);
        long ticks = bits & 0x3FFF_FFFF_FFFF_FFFF;
        int kind = (int)((ulong)bits >> 62);
        return ticks <= DateTime.MaxValue.Ticks && kind <= (int)DateTimeKind.Local ? new DateTime(ticks, (DateTimeKind)kind)
            : throw Damaged("date", bits);
    }

    public static DateTimeOffset PeekDateTimeOffset(ref BlobReader reader, int at)
    {
        long ticks = reader.Peek<long>(at);
        int minutes = reader.Peek<short>(at + 8);
        return (ulong)ticks <= (ulong)DateTime.MaxValue.Ticks && minutes is >= -14 * 60 and <= 14 * 60
            && (ulong)(ticks - (minutes * TimeSpan.TicksPerMinute)) <= (ulong)DateTime.MaxValue.Ticks
            ? new DateTimeOffset(ticks, new TimeSpan(minutes * TimeSpan.TicksPerMinute))
            : throw Damaged("date", ticks);
    }

    public static DateOnly PeekDateOnly(ref BlobReader reader, int at)
    {
        int day = reader.Peek<int>(at);
        return (uint)day <= (uint)DateOnly.MaxValue.DayNumber ? DateOnly.FromDayNumber(day) : throw Damaged("date", day);
    }

    public static TimeOnly PeekTimeOnly(ref BlobReader reader, int at)
    {
        long ticks = reader.Peek<long>(at);
        return (ulong)ticks <= (ulong)TimeOnly.MaxValue.Ticks ? new TimeOnly(ticks) : throw Damaged("time of day", ticks);
    }

    public static decimal PeekDecimal(ref BlobReader reader, int at)
    {
        int flags = reader.Peek<int>(at + 12);
        int scale = (flags >> 16) & 0xFF;
        return (flags & 0x7F00_FFFF) == 0 && scale <= 28
            ? new decimal(reader.Peek<int>(at), reader.Peek<int>(at + 4), reader.Peek<int>(at + 8), flags < 0, (byte)scale)
            : throw Damaged("decimal", flags);
    }

    private static CodecException Damaged(string what, long bits) => new($"Stored data is damaged: {bits} is no {what}.");
}

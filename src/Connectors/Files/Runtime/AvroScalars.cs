using System.Numerics;
using ActorStreams.Core.Codecs;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Readers of numbers, text, bytes, times and symbols that were written by another schema.</summary>
internal static class AvroScalars
{
    /// <summary>The reader of a value; null: values of the schema are never values of the type, or hold others.</summary>
    public static Delegate? Of(AvroSchema written, Type type) => (written.Kind, written.LogicalType) switch
    {
        (AvroKind.Boolean, _) when type == typeof(bool) => (AvroInput input) => input.ReadBoolean(),
        (AvroKind.Int, "date") when type == typeof(DateOnly) =>
            (AvroInput input) => DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(input.ReadInt()),
        (AvroKind.Int, _) when type == typeof(int) => (AvroInput input) => input.ReadInt(),
        (AvroKind.Int, _) when type == typeof(short) => (AvroInput input) => checked((short)input.ReadInt()),
        (AvroKind.Int, _) when type == typeof(sbyte) => (AvroInput input) => checked((sbyte)input.ReadInt()),
        (AvroKind.Int, _) when type == typeof(byte) => (AvroInput input) => checked((byte)input.ReadInt()),
        (AvroKind.Int, _) when type == typeof(ushort) => (AvroInput input) => checked((ushort)input.ReadInt()),
        (AvroKind.Int, "time-millis") when type == typeof(TimeOnly) =>
            (AvroInput input) => new TimeOnly(input.ReadInt() * TimeSpan.TicksPerMillisecond),
        (AvroKind.Long, "time-micros") when type == typeof(TimeOnly) =>
            (AvroInput input) => new TimeOnly(input.ReadLong() * TimeSpan.TicksPerMicrosecond),
        (AvroKind.Long, "timestamp-micros") when type == typeof(DateTimeOffset) =>
            (AvroInput input) => EventTime.ToDateTimeOffset(input.ReadLong()),
        (AvroKind.Long, "timestamp-millis") when type == typeof(DateTimeOffset) =>
            (AvroInput input) => DateTimeOffset.FromUnixTimeMilliseconds(input.ReadLong()),
        (AvroKind.Int or AvroKind.Long, _) when type == typeof(long) => (AvroInput input) => input.ReadLong(),
        (AvroKind.Int or AvroKind.Long, _) when type == typeof(uint) => (AvroInput input) => checked((uint)input.ReadLong()),
        (AvroKind.Int or AvroKind.Long, _) when type == typeof(double) => (AvroInput input) => Whole<double>(input.ReadLong()),
        (AvroKind.Int or AvroKind.Long, _) when type == typeof(float) => (AvroInput input) => Whole<float>(input.ReadLong()),
        (AvroKind.Int or AvroKind.Long, _) when type == typeof(decimal) => (AvroInput input) => (decimal)input.ReadLong(),
        (AvroKind.Float, _) when type == typeof(float) => (AvroInput input) => input.ReadFloat(),
        (AvroKind.Float, _) when type == typeof(double) => (AvroInput input) => (double)input.ReadFloat(),
        (AvroKind.Double, _) when type == typeof(double) => (AvroInput input) => input.ReadDouble(),
        (AvroKind.String, _) when type == typeof(Guid) => (AvroInput input) => Guid.Parse(input.ReadString()),
        (AvroKind.String or AvroKind.Bytes, not "decimal") when type == typeof(string) => (AvroInput input) => input.ReadString(),
        (AvroKind.String or AvroKind.Bytes, _) when type == typeof(byte[]) => (AvroInput input) => input.ReadBytes().ToArray(),
        (AvroKind.Bytes, "decimal") when type == typeof(decimal) => (AvroInput input) => Decimal(input.ReadBytes(), written.Scale),
        (AvroKind.Fixed, "decimal") when type == typeof(decimal) => (AvroInput input) => Decimal(input.Take(written.Size), written.Scale),
        (AvroKind.Fixed, _) when type == typeof(byte[]) => (AvroInput input) => input.Take(written.Size).ToArray(),
        (AvroKind.Fixed, _) when type == typeof(Guid)
            && written.Size == 16 => (AvroInput input) => new Guid(input.Take(16), bigEndian: true),
        (AvroKind.Enum, _) when type == typeof(string) => (AvroInput input) => SymbolOf(written.Symbols, input.ReadLong()),
        _ => null,
    };

    private static decimal Decimal(ReadOnlySpan<byte> bytes, int scale)
    {
        if (scale < 0)
            throw new AvroDataException($"a decimal with {scale} digits behind the point is no decimal here (0 to 28).");
        var unscaled = new BigInteger(bytes, isUnsigned: false, isBigEndian: true);
        return ExactNumber.TryDecimal(unscaled, scale, out decimal value)
            ? value
            : throw new AvroDataException($"{unscaled} with {scale} digits behind the point is more than a decimal holds (28 digits). " +
                $"Take a member of type byte[], and make a number of it.");
    }

    /// <summary>An integer that the type holds; another would lose digits.</summary>
    private static T Whole<T>(long value)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        T near = T.CreateChecked(value);
        return Int128.CreateChecked(near) == value
            ? near
            : throw new AvroDataException($"{value} is no {typeof(T).Name}: the nearest one differs from it. Take a long or a decimal.");
    }

    /// <summary>The name of an enum's symbol.</summary>
    /// <exception cref="AvroDataException">There is none of that number.</exception>
    public static string SymbolOf(IReadOnlyList<string> symbols, long index) =>
        index >= 0 && index < symbols.Count ? symbols[(int)index]
            : throw new AvroDataException($"an enum of {symbols.Count} symbols has none of number {index}.");
}

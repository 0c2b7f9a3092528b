using System.Collections.Immutable;
using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

public enum Colour : byte
{
    Red,
    Green = 200,
}

public sealed record Line(string Product, decimal Price, int Count = 1);

public sealed record Order(long Id, string? Customer, List<Line>? Lines, Payment? Payment, Dictionary<string, long>? Tags);

[StoredCases(typeof(Card), typeof(Cash), typeof(Voucher))]
public abstract record Payment;

public sealed record Card(string Number, DateOnly Expires) : Payment;

public sealed record Cash : Payment;

public sealed record Voucher(Guid Code, Payment? Rest) : Payment;

public readonly record struct Reading(int Sensor, double Value, long Time);

public sealed record Tree(int Value, Tree? Left, Tree? Right);

public sealed class Forest
{
    public string Name { get; set; } = "unnamed";

    public required List<Forest> Parts { get; init; }

    public int Height;
}

internal struct Accumulator
{
    private long _count;
    private double _sum;

    public readonly double Mean => _sum / _count;

    public readonly long Count => _count;

    public void Add(double value)
    {
        _count++;
        _sum += value;
    }
}

internal readonly struct Sealed(string text, int number)
{
    private readonly string _text = text;
    private readonly int _number = number;

    public override string ToString() => $"{_text} {_number}";
}

public sealed record Everything(
    bool Bool, sbyte SByte, byte Byte, short Short, ushort UShort, int Int, uint UInt, long Long, ulong ULong, Int128 Int128,
        UInt128 UInt128,
    Half Half, float Float, double Double, decimal Decimal, char Char, string? Text, Guid Guid, DateTime Date, DateTimeOffset Offset,
        TimeSpan Span,
    DateOnly Day, TimeOnly Hour, Colour Colour, Colour? MaybeColour, int? MaybeInt, Reading? MaybeReading, Reading Reading, byte[]? Bytes,
        int[][]? Jagged,
    List<string?>? Texts, HashSet<long>? Set, ImmutableArray<short> Immutable, IReadOnlyList<Reading>? ReadOnly,
        (int, (string?, byte), long?) Tuple,
    Tree? Tree, Payment? Payment, KeyValuePair<int, string?> Pair);

internal static class Codecs
{
    public static byte[] Bytes<T>(T value)
    {
        var writer = new BlobWriter(1);
        RecordCodec.Of<T>().Write(writer, value);
        return writer.ToArray();
    }

    public static T Read<T>(byte[] bytes, Codec<T>? codec = null)
    {
        var reader = new BlobReader(bytes);
        T value = (codec ?? RecordCodec.Of<T>()).Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        return value;
    }

    public static T RoundTrip<T>(T value) => Read<T>(Bytes(value));

    /// <summary>Writes as one version of a type, reads as another.</summary>
    public static TNow Evolve<TThen, TNow>(TThen value) =>
        Read(Bytes(value), RecordCodec.Of<TNow>().ReaderOf(RecordCodec.Of<TThen>().Schema));
}

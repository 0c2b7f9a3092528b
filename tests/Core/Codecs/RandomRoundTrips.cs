using System.Collections.Immutable;
using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

/// <summary>Random values come back: written, read and written again they have the same bytes, and their schema parses to itself.</summary>
public sealed class RandomRoundTrips
{
    private const int Seed = 20261122;

    [Fact]
    public void Random_records_come_back()
    {
        var writer = new BlobWriter(1);
        for (int round = 0; round < 2000; round++)
        {
            var random = new Random(Seed + round);
            Everything value = Everything(random);
            writer.Clear();
            RecordCodec.Of<Everything>().Write(writer, value);
            var reader = new BlobReader(writer.Written);
            Everything read = RecordCodec.Of<Everything>().Read(ref reader);
            Assert.True(reader.Remaining == 0, $"seed {Seed + round}");
            Assert.True(Codecs.Bytes(read).AsSpan().SequenceEqual(writer.Written), $"seed {Seed + round}");
            Assert.Equal(value.Text, read.Text, StringComparer.Ordinal);
            Assert.Equal(value.Tree, read.Tree);
            Assert.Equal(value.Payment, read.Payment);
            Assert.Equal(value.Tuple, read.Tuple);
            Assert.Equal(value.Texts, read.Texts);
        }
    }

    [Fact]
    public void Random_values_lie_one_after_the_other()
    {
        var random = new Random(Seed);
        Order[] orders = [.. Enumerable.Range(0, 500)
            .Select(at =>
            new Order(at, Text(random), Maybe(random, () => new List<Line> { new(Text(random)!, Decimal(random)) }), Payment(random, 3),
            null))];
        var writer = new BlobWriter(1);
        foreach (Order order in orders)
            RecordCodec.Of<Order>().Write(writer, order);
        var reader = new BlobReader(writer.Written);
        foreach (Order order in orders)
        {
            Order read = RecordCodec.Of<Order>().Read(ref reader);
            Assert.Equal(order.Lines, read.Lines);
            Assert.Equal(order with { Lines = null }, read with { Lines = null });
        }

        Assert.Equal(0, reader.Remaining);
    }

    private static Everything Everything(Random random) => new(
        random.Next(2) == 0, (sbyte)random.Next(), (byte)random.Next(), (short)random.Next(), (ushort)random.Next(), random.Next(),
            (uint)random.Next(), random.NextInt64(), (ulong)random.NextInt64(),
        random.NextInt64() * (Int128)random.NextInt64(), (UInt128)random.NextInt64() << 60,
            BitConverter.UInt16BitsToHalf((ushort)random.Next()), BitConverter.Int32BitsToSingle(random.Next()),
        BitConverter.Int64BitsToDouble(random.NextInt64()), Decimal(random), (char)random.Next(), Text(random),
            new Guid(random.Next(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        new DateTime(random.NextInt64(DateTime.MaxValue.Ticks), (DateTimeKind)random.Next(3)),
            new DateTimeOffset(random.NextInt64(1L << 60), TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(random.Next(0, 840))),
        new TimeSpan(random.NextInt64()), DateOnly.FromDayNumber(random.Next(DateOnly.MaxValue.DayNumber)),
            new TimeOnly(random.NextInt64(TimeOnly.MaxValue.Ticks)),
        (Colour)random.Next(), random.Next(2) == 0 ? null : Colour.Green, random.Next(2) == 0 ? null : random.Next(), random.Next(2) == 0
            ? null : new Reading(1, 2, 3), new Reading(random.Next(), random.NextDouble(), random.NextInt64()),
        Maybe(random, () => new byte[random.Next(300)]), Maybe(random, () => new[] { new int[random.Next(5)], [] }),
            Maybe(random, () => Enumerable.Range(0, random.Next(9)).Select(_ => Text(random)).ToList()),
        Maybe(random, () => Enumerable.Range(0, random.Next(9)).Select(_ => random.NextInt64()).ToHashSet()), random.Next(2) == 0 ? default
            : [.. Enumerable.Range(0, random.Next(200)).Select(at => (short)at)],
        Maybe<IReadOnlyList<Reading>>(random, () => [new Reading(random.Next(), 0, 0)]), (random.Next(), (Text(random), 1), null),
            Tree(random, 6), Payment(random, 5), new KeyValuePair<int, string?>(1, Text(random)));

    private static T? Maybe<T>(Random random, Func<T> make)
        where T : class => random.Next(4) == 0 ? null : make();

    private static decimal Decimal(Random random) =>
        new(random.Next(), random.Next(), random.Next(), random.Next(2) == 0, (byte)random.Next(29));

    private static string? Text(Random random) => Maybe(random, () =>
    {
        int range = random.Next(3) switch { 0 => 128, 1 => 0x800, _ => 0x10000 };      // the last has halves of pairs
        return string.Create(random.Next(60), (random, range), static (chars, from) =>
        {
            foreach (ref char c in chars)
                c = (char)from.random.Next(from.range);
        });
    });

    private static Tree? Tree(Random random, int depth) => depth == 0 ? null
        : Maybe(random, () => new Tree(random.Next(), Tree(random, depth - 1), Tree(random, depth - 1)));

    private static Payment? Payment(Random random, int depth) => random.Next(4) switch
    {
        0 => null,
        1 => new Cash(),
        2 => new Card(Text(random)!, DateOnly.FromDayNumber(random.Next(10_000))),
        _ => new Voucher(Guid.Empty, depth == 0 ? null : Payment(random, depth - 1)),
    };
}

using System.Collections.Immutable;
using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

public sealed class RoundTrips
{
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("twenty-one characters")]
    [InlineData("twenty-two characters!")]
    [InlineData("äöü €")]
    [InlineData("€€€€€€€€€€€€€€€€€€€€€")]
    [InlineData("\ud83d\ude00 a pair")]
    [InlineData("\0")]
    [InlineData(null)]
    public void Text_comes_back(string? text) => Assert.Equal(text, Assert.Single(Codecs.RoundTrip<string?[]>([text])));

    [Fact]
    public void Half_of_a_surrogate_pair_comes_back()
    {
        string low = new('\udc00', 1), high = new('\ud83d', 1);
        foreach (string text in new[] { low, high, "a" + high, high + "a", low + high, new string('x', 100) + high,
            string.Concat(Enumerable.Repeat(low, 1000)) })
            Assert.Equal(text, Codecs.RoundTrip(text), StringComparer.Ordinal);
    }

    [Fact]
    public void Long_text_comes_back()
    {
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)(' ' + (i % 5000))));
        Assert.Equal(text, Codecs.RoundTrip(text));
    }

    [Fact]
    public void Every_bit_pattern_of_floating_point_numbers_comes_back()
    {
        double[] doubles = [0.0, -0.0, double.NaN, BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_1234),
            BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8_0000_0000_0001)),
            double.MinValue, double.MaxValue, double.Epsilon, double.NegativeInfinity];
        Assert.Equal(doubles.Select(BitConverter.DoubleToInt64Bits), Codecs.RoundTrip(doubles).Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(doubles.Select(BitConverter.DoubleToInt64Bits),
            doubles.Select(one => BitConverter.DoubleToInt64Bits(Codecs.RoundTrip(one))));

        float[] floats = [0f, -0f, float.NaN, BitConverter.Int32BitsToSingle(0x7FC0_1234), float.MinValue, float.MaxValue];
        Assert.Equal(floats.Select(BitConverter.SingleToInt32Bits), Codecs.RoundTrip(floats).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Scale_and_sign_of_decimals_come_back()
    {
        foreach (decimal value in new[] { 0m, 1.00m, new decimal(0, 0, 0, isNegative: true, 5), decimal.MinValue, decimal.MaxValue,
            0.0000000000000000000000000001m })
            Assert.Equal(decimal.GetBits(value), decimal.GetBits(Codecs.RoundTrip(value)));
    }

    [Fact]
    public void Kinds_and_offsets_of_dates_come_back()
    {
        foreach (DateTimeKind kind in Enum.GetValues<DateTimeKind>())
        {
            foreach (DateTime date in new[] { DateTime.MinValue, DateTime.MaxValue, new DateTime(2026, 3, 29, 2, 30, 0) })
            {
                DateTime read = Codecs.RoundTrip(DateTime.SpecifyKind(date, kind));
                Assert.Equal((date.Ticks, kind), (read.Ticks, read.Kind));
            }
        }

        foreach (DateTimeOffset date in new[] { DateTimeOffset.MinValue, DateTimeOffset.MaxValue,
            new DateTimeOffset(1969, 1, 1, 0, 0, 0, new TimeSpan(-14, 0, 0)) })
            Assert.True(date.EqualsExact(Codecs.RoundTrip(date)));
    }

    [Fact]
    public void Ends_of_every_number_come_back()
    {
        Check(sbyte.MinValue, byte.MaxValue, short.MinValue, ushort.MaxValue, int.MinValue, uint.MaxValue, long.MinValue, ulong.MaxValue);
        Assert.Equal((Int128.MinValue, Int128.MaxValue, UInt128.MaxValue, Half.MinValue),
            Codecs.RoundTrip((Int128.MinValue, Int128.MaxValue, UInt128.MaxValue, Half.MinValue)));
        Assert.Equal((TimeSpan.MinValue, DateOnly.MaxValue, TimeOnly.MaxValue, char.MaxValue),
            Codecs.RoundTrip((TimeSpan.MinValue, DateOnly.MaxValue, TimeOnly.MaxValue, char.MaxValue)));

        static void Check<A, B, C, D, E, F, G, H>(A a, B b, C c, D d, E e, F f, G g, H h) =>
            Assert.Equal((a, b, c, d, e, f, g, h), Codecs.RoundTrip((a, b, c, d, e, f, g, h)));
    }

    [Fact]
    public void Tuples_of_any_arity_come_back()
    {
        Assert.Equal(ValueTuple.Create(7), Codecs.RoundTrip(ValueTuple.Create(7)));
        Assert.Equal(default, Codecs.RoundTrip(default(ValueTuple)));
        var long17 = (1, "2", 3L, 4, 5, 6, 7, "8", 9, 10, 11, 12, 13, 14, (byte)15, 16.0, "17");
        Assert.Equal(long17, Codecs.RoundTrip(long17));
        Assert.StartsWith("(int, string, long, int,", RecordCodec.Of<(int, string, long, int)>()
            .Schema.Text.Replace(")", ",", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Null_and_empty_collections_stay_apart()
    {
        Assert.Null(Codecs.RoundTrip<int[]?>(null));
        Assert.Empty(Codecs.RoundTrip<int[]>([])!);
        Assert.Null(Codecs.RoundTrip<List<string>?>(null));
        Assert.Empty(Codecs.RoundTrip<List<string>>([])!);
        Assert.Null(Codecs.RoundTrip<Dictionary<string, int>?>(null));
        Assert.Empty(Codecs.RoundTrip<Dictionary<string, int>>([])!);
        Assert.Null(Codecs.RoundTrip<HashSet<string>?>(null));
        Assert.Empty(Codecs.RoundTrip<HashSet<string>>([])!);
        Assert.True(Codecs.RoundTrip(default(ImmutableArray<int>)).IsDefault);
        Assert.False(Codecs.RoundTrip(ImmutableArray<int>.Empty).IsDefault);
    }

    [Fact]
    public void Collections_come_back()
    {
        Assert.Equal([1, 2, 3], Codecs.RoundTrip<List<int>>([1, 2, 3]));
        Assert.Equal([true, false], Codecs.RoundTrip<bool[]>([true, false]));
        Assert.Equal([Colour.Red, Colour.Green], Codecs.RoundTrip<List<Colour>>([Colour.Red, Colour.Green]));
        Assert.Equal(["a", null], Codecs.RoundTrip<IReadOnlyList<string?>>(new List<string?> { "a", null }));
        Assert.Equal(new HashSet<string?> { "a", null }, Codecs.RoundTrip(new HashSet<string?> { "a", null }));
        var map = new Dictionary<(int, string), List<int?>> { [(1, "a")] = [1, null], [(2, "b")] = [] };
        Assert.Equal(map, Codecs.RoundTrip(map));
        Assert.Equal(map, Codecs.RoundTrip<IReadOnlyDictionary<(int, string), List<int?>>>(map));
    }

    [Fact]
    public void Private_fields_of_structs_come_back_even_read_only_ones()
    {
        var sum = default(Accumulator);
        sum.Add(3);
        sum.Add(4);
        Assert.Equal((3.5, 2), (Codecs.RoundTrip(sum).Mean, Codecs.RoundTrip(sum).Count));
        Assert.Equal("seven 7", Codecs.RoundTrip(new Sealed("seven", 7)).ToString());
        Assert.Equal(new Reading(1, 2.5, 3), Codecs.RoundTrip(new Reading(1, 2.5, 3)));
        Assert.Equal(new Window(1, 2), Codecs.RoundTrip(new Window(1, 2)));
    }

    [Fact]
    public void Classes_come_back_by_their_public_state()
    {
        var forest = new Forest { Name = "a", Height = 3, Parts = [new Forest { Parts = [] }, null!] };
        Forest read = Codecs.RoundTrip(forest);
        Assert.Equal(("a", 3, 2, "unnamed"), (read.Name, read.Height, read.Parts.Count, read.Parts[0].Name));
        Assert.Null(read.Parts[1]);
        Assert.Null(Codecs.RoundTrip<Forest?>(null));
    }

    [Fact]
    public void What_a_class_inherits_and_sets_privately_comes_back()
    {
        var van = new Van(4, "van") { Load = 7.5 };
        van.Drive(100);
        Assert.Equal(van, Codecs.RoundTrip(van));
        Assert.Equal(100, Codecs.RoundTrip(van).Distance);
        Assert.Equal("Van?\nVan = { Wheels: int, Distance: int, Name: string, Load: double }\n", RecordCodec.Of<Van>().Schema.Text);
    }

    [Fact]
    public void Cases_come_back_as_what_they_are()
    {
        Payment voucher = new Voucher(new Guid("00112233-4455-6677-8899-aabbccddeeff"), new Voucher(Guid.Empty, new Cash()));
        Assert.Equal([new Card("1", new DateOnly(2030, 1, 1)), new Cash(), voucher, null],
            Codecs.RoundTrip<List<Payment?>>([new Card("1", new DateOnly(2030, 1, 1)), new Cash(), voucher, null]));
        Assert.Equal(new Cash(), Codecs.RoundTrip(new Cash()));
    }

    [Fact]
    public void Values_of_a_type_that_contains_itself_go_64_deep()
    {
        Tree tree = Deep(64);
        Assert.Equal(tree, Codecs.RoundTrip(tree));

        var writer = new BlobWriter();
        writer.WriteByte(7);
        CodecException error = Assert.Throws<CodecException>(() => RecordCodec.Of<Tree>().Write(writer, Deep(66)));
        Assert.Contains("'Tree' contains itself more than 64 deep", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, writer.Length);
        RecordCodec.Of<Tree>().Write(writer, tree);         // the writer is as good as new

        static Tree Deep(int depth) => Enumerable.Range(0, depth)
            .Aggregate(new Tree(0, null, null), (below, at) => new Tree(at, below, null));
    }

    [Fact]
    public void A_codec_is_one_instance_whoever_asks_first()
    {
        var codecs = new Codec<(string, Everything)>[8];
        Parallel.For(0, codecs.Length, new ParallelOptions { MaxDegreeOfParallelism = codecs.Length }, at =>
        {
            codecs[at] = RecordCodec.Of<(string, Everything)>();
            var writer = new BlobWriter();
            codecs[at].Write(writer, ("a", null!));
        });
        Assert.Single(codecs.Distinct());
    }

    [Fact]
    public void Equal_schemas_give_the_codec_itself()
    {
        Codec<Order> codec = RecordCodec.Of<Order>();
        Assert.Same(codec, codec.ReaderOf(new Schema(new string(codec.Schema.Text))));
    }

    public abstract record Vehicle(int Wheels)
    {
        public abstract string Name { get; init; }

        public int Distance { get; private set; }

        public void Drive(int distance) => Distance += distance;
    }

    public sealed record Van(int Wheels, string Name) : Vehicle(Wheels)
    {
        public override string Name { get; init; } = Name;

        public double Load { get; init; }
    }
}

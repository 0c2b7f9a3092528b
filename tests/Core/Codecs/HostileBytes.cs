using ActorStreams.Authoring;

namespace ActorStreams.Core.Tests.Codecs;

/// <summary>Damaged data reads, or is a <see cref="CodecException"/>: nothing else.</summary>
public sealed class HostileBytes
{
    [Fact]
    public void Every_truncation_and_every_changed_byte_reads_or_is_a_clear_error()
    {
        Damage(Sample.Order);
        Damage(Sample.Everything);
        Damage(new List<Tree> { new(1, new Tree(2, null, null), null) });
        Damage(new Dictionary<string, (DateTime, DateTimeOffset, decimal, bool, TimeOnly, DateOnly)> { ["a"] = default, ["bb"] = default });
        Damage(new HashSet<string> { "a", "b" });
        Damage(new Picky(5));
    }

    [Fact]
    public void Damaged_old_data_reads_or_is_a_clear_error()
    {
        byte[] bytes = Codecs.Bytes(
            new Evolution.Full(Sample.Everything, [Sample.Order], Sample.Order.Payment, new Tree(1, null, null), 9));
        Schema schema = RecordCodec.Of<Evolution.Full>().Schema;
        Damage(bytes, RecordCodec.Of<Evolution.OnlyLast>().ReaderOf(schema));
    }

    [Fact]
    public void Random_bytes_read_or_are_a_clear_error()
    {
        var random = new Random(20261122);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            Try(bytes, RecordCodec.Of<Order>());
            Try(bytes, RecordCodec.Of<Everything>());
            Try(bytes, RecordCodec.Of<List<Payment>>());
            Try(bytes, RecordCodec.Of<Tree>());
            Try(bytes, RecordCodec.Of<string>());
            Try(bytes, RecordCodec.Of<ValueTuple[]>());
            Try(bytes, RecordCodec.Of<Cash[][]>());
        }
    }

    [Fact]
    public void A_length_that_the_bytes_left_cannot_hold_is_refused_before_anything_is_allocated()
    {
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1, 2, 3];
        _ = (RecordCodec.Of<long[]>(), RecordCodec.Of<List<Cash>>(), RecordCodec.Of<HashSet<int>>(),
            RecordCodec.Of<Dictionary<int, int>>(), RecordCodec.Of<string>());
        Refuse<long[]>(huge);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refuse<long[]>(huge);
        Refuse<ValueTuple[]>(huge);
        Refuse<List<Cash>>(huge);
        Refuse<HashSet<int>>(huge);
        Refuse<Dictionary<int, int>>(huge);
        Refuse<string>(huge);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Theory]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF, 0x1F)]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF, 0xFF)]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF, 0x0F)]
    public void A_length_beyond_32_bits_or_beyond_the_end_is_refused(params int[] bytes)
    {
        byte[] blob = [.. bytes.Select(one => (byte)one), 1, 1];
        Assert.Throws<CodecException>(() =>
        {
            var reader = new BlobReader(blob);
            reader.ReadString();
        });
        Refuse<string>(blob);
    }

    [Fact]
    public void Endless_nesting_is_refused()
    {
        byte[] nested = new byte[1_000_000];
        Array.Fill<byte>(nested, 1);
        Refuse<Nest>(nested);
        Refuse<OneOf>(nested);
    }

    [Fact]
    public void Any_text_parses_as_a_schema_or_is_a_clear_error()
    {
        string good = RecordCodec.Of<Everything>().Schema.Text;
        var random = new Random(7);
        for (int round = 0; round < 4000; round++)
        {
            char[] text = good.ToCharArray();
            for (int change = random.Next(1, 4); change > 0; change--)
                text[random.Next(text.Length)] = good[random.Next(good.Length)];
            TrySchema(new string(text));
            TrySchema(good[..random.Next(good.Length)]);
        }

        foreach (string text in new[] { "", "\n", "?", "\"", "\"\\", "long", "a\n", "(", new string('(', 100_000),
            string.Concat(Enumerable.Repeat("list<", 100_000)), "a\na = { x: a }\n", "a\na = { x: b, y: b }\nb = { x: a, y: a }\n" })
            TrySchema(text);

        static void TrySchema(string text)
        {
            try
            {
                Try([1, 2, 3], RecordCodec.Of<Reading>().ReaderOf(new Schema(text)));
            }
            catch (CodecException)
            {
            }
        }
    }

    [Fact]
    public void A_schema_that_contains_itself_without_end_reads_nothing()
    {
        Codec<Small> reader = RecordCodec.Of<Small>().ReaderOf(new Schema("a?\na = { Other: a, Others: a, Id: int }\n"));
        Assert.Throws<CodecException>(() => Codecs.Read(new byte[1000].Select(_ => (byte)1).ToArray(), reader));
    }

    [Fact]
    public void A_schema_without_measure_is_refused_or_read_without_harm()
    {
        string chain = "a0\n" + string.Concat(Enumerable.Range(0, 200_000).Select(at => $"a{at} = {{ Other: a{at + 1} }}\n")) +
            "a200000 = { Other: string }\n";
        Assert.Throws<CodecException>(() => RecordCodec.Of<Small>().ReaderOf(new Schema(chain)));

        string[] tuples = ["int128", .. Enumerable.Range(0, 3).Select(at => $"b{at}")];
        string wide = "a\na = { " + string.Concat(Enumerable.Range(0, 70_000).Select(at => $"f{at}: b2, ")) + "Id: int }\n"
            + string.Concat(Enumerable.Range(0, 3)
                .Select(at => $"b{at} = {{ {string.Join(", ", Enumerable.Range(0, 16).Select(field => $"x{field}: {tuples[at]}"))} }}\n"));
        Codec<Small> reader = RecordCodec.Of<Small>().ReaderOf(new Schema(wide));
        Assert.Throws<CodecException>(() => Codecs.Read(new byte[1000], reader));
    }

    private static void Damage<T>(T value) => Damage(Codecs.Bytes(value), RecordCodec.Of<T>());

    private static void Damage<T>(byte[] bytes, Codec<T> codec)
    {
        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] cut = bytes[..length];
            Assert.Throws<CodecException>(() =>
            {
                var reader = new BlobReader(cut);
                codec.Read(ref reader);
            });
        }

        for (int at = 0; at < bytes.Length; at++)
        {
            byte right = bytes[at];
            foreach (byte wrong in new byte[] { 0, 0xFF, 0x7F, (byte)(right + 1), (byte)(right - 1) }.Concat(Enumerable.Range(0, 8)
                .Select(bit => (byte)(right ^ (1 << bit)))))
            {
                bytes[at] = wrong;
                Try(bytes, codec);
            }

            bytes[at] = right;
        }
    }

    private static void Try<T>(byte[] bytes, Codec<T> codec)
    {
        try
        {
            var reader = new BlobReader(bytes);
            codec.Read(ref reader);
        }
        catch (CodecException)
        {
        }
    }

    private static void Refuse<T>(byte[] bytes) => Assert.Throws<CodecException>(() =>
    {
        var reader = new BlobReader(bytes);
        RecordCodec.Of<T>().Read(ref reader);
    });

    internal sealed class Nest(HostileBytes.Nest? inner)
    {
        public Nest? Inner { get; } = inner;
    }

    internal sealed record Small(int Id);

    [StoredCases(typeof(Again))]
    internal abstract record OneOf;

    internal sealed record Again(OneOf? Inner) : OneOf;

    internal sealed record Picky
    {
        public Picky(int value) => Value = value is > 0 and < 10 ? value : throw new ArgumentOutOfRangeException(nameof(value));

        public int Value { get; }
    }
}

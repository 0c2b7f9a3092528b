using ActorStreams.Authoring;
using ActorStreams.Core.Keys;

namespace ActorStreams.Core.Tests.Keys;

/// <summary>Keys that are equal have one hash and one form, whatever bytes they are stored as: otherwise they would be two
/// groups.</summary>
[Trait("Issue", "A1")]
public sealed class EqualKeysSpec
{
    private static readonly DateTimeOffset s_noon = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, Action> Equal => new()
    {
        { "decimals of other scales", Meet(1.0m, 1.00m, 1m, 1.0000000000000000000000000000m) },
        { "large decimals of other scales", Meet(79228162514264337593543950m, 79228162514264337593543950.0m) },
        { "decimals longer than 64 bits", Meet(7922816251426433759354395.03m, 7922816251426433759354395.030m) },
        { "decimal zeros", Meet(0m, 0.00m, -0.0m, new decimal(0, 0, 0, true, 28)) },
        { "negative decimals", Meet(-12.50m, -12.5m) },
        { "whole tens", Meet(100m, 100.0m) },
        { "instants of other offsets", Meet(s_noon, s_noon.ToOffset(TimeSpan.FromHours(2)), s_noon.ToOffset(TimeSpan.FromMinutes(-210))) },
        { "dates of other kinds",
            Meet(new DateTime(5, DateTimeKind.Utc), new DateTime(5, DateTimeKind.Local), new DateTime(5, DateTimeKind.Unspecified)) },
        { "double zeros", Meet(0.0, -0.0) },
        { "double NaN",
            Meet(double.NaN, -double.NaN, BitConverter.Int64BitsToDouble(0x7FF0_0000_0000_0001), BitConverter.Int64BitsToDouble(-1)) },
        { "float zeros", Meet(0.0f, -0.0f) },
        { "float NaN", Meet(float.NaN, -float.NaN, BitConverter.Int32BitsToSingle(0x7F80_0001)) },
        { "half zeros", Meet(Half.Zero, Half.NegativeZero) },
        { "half NaN", Meet(Half.NaN, -Half.NaN, BitConverter.Int16BitsToHalf(0x7C01)) },
        { "nullable decimals", Meet<decimal?>(1.0m, 1.00m) },
        { "nullable instants", Meet<DateTimeOffset?>(s_noon, s_noon.ToOffset(TimeSpan.FromHours(2))) },
        { "tuples", Meet((1, 2.50m, s_noon), (1, 2.5m, s_noon.ToOffset(TimeSpan.FromHours(1)))) },
        { "long tuples", Meet((1, 2, 3, 4, 5, 6, 7, 8.0m, -0.0), (1, 2, 3, 4, 5, 6, 7, 8.00m, 0.0)) },
        { "tuples in tuples", Meet((1, ("a", (double.NaN, 1.0m))), (1, ("a", (-double.NaN, 1m)))) },
        { "records", Meet(new Price("EUR", 1.0m, null), new Price("EUR", 1.00m, null)) },
        { "records in records",
            Meet(new Price("EUR", 1m, new Price("USD", 2.0m, null)), new Price("EUR", 1.0m, new Price("USD", 2m, null))) },
        { "record structs", Meet(new Reading(-0.0, Half.NaN), new Reading(0.0, -Half.NaN)) },
        { "plain structs",
            Meet(new Plain { Amount = 1.0m, At = new DateTime(7, DateTimeKind.Local) },
                new Plain { Amount = 1m, At = new DateTime(7, DateTimeKind.Utc) }) },
        { "pairs", Meet(KeyValuePair.Create("a", 1.0m), KeyValuePair.Create("a", 1.00m)) },
        { "cases of a closed set", Meet<Shape>(new Circle(1.0m), new Circle(1.00m)) },
        { "derived records", Meet(new Derived(1.0m, -0.0), new Derived(1m, 0.0)) },
        { "types that declare their canonical key", Meet(new Email("Ann@Example.org"), new Email("ann@example.ORG")) },
        { "declared keys in tuples and records", Meet((1, new Sender(new Email("A@b.c"))), (1, new Sender(new Email("a@B.c")))) },
        { "declared structs", Meet(new Approximate(1.01m), new Approximate(1.0200m)) },
        { "declared cases of a closed set", Meet<Contact>(new Mail("A@b"), new Mail("a@B")) },
        { "anonymous types", Meet(new { Amount = 1.0m }, new { Amount = 1.00m }) },
        { "texts", Meet("a\0b", string.Concat("a", "\0", "b")) },
    };

    public static TheoryData<string, Action> Different => new()
    {
        { "decimals", Differ(1.0m, 1.01m, 10m, -1m, 0.1m) },
        { "instants", Differ(s_noon, s_noon.AddTicks(1), new DateTimeOffset(2024, 3, 1, 12, 0, 0, TimeSpan.FromHours(2))) },
        { "texts of other case", Differ("a", "A", "", "ä", "a\u0308", "\ud800", "\ud801") },
        { "null and nothing", Differ<string?>(null, "") },
        { "null and zero", Differ<decimal?>(null, 0m) },
        { "doubles", Differ(0.0, double.Epsilon, double.NaN, double.PositiveInfinity) },
        { "tuples whose parts run together", Differ(("ab", "c"), ("a", "bc"), ("", "abc")) },
        { "cases with the same fields", Differ<Shape>(new Circle(1m), new Square(1m)) },
        { "a record and none", Differ(new Price("a", 1m, null), new Price("a", 1m, new Price("a", 1m, null))) },
        { "wide numbers", Differ(Int128.One, Int128.NegativeOne, Int128.MaxValue) },
    };

    [Theory]
    [MemberData(nameof(Equal))]
    public void Equal_keys_have_one_hash_and_one_form(string keys, Action check)
    {
        Assert.NotEmpty(keys);
        check();
    }

    [Theory]
    [MemberData(nameof(Different))]
    public void Keys_that_are_not_equal_are_told_apart(string keys, Action check)
    {
        Assert.NotEmpty(keys);
        check();
    }

    [Fact]
    public void Random_decimals_meet_whatever_their_scale()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            decimal value =
                new(random.Next(), random.Next(4) == 0 ? random.Next() : 0, random.Next(8) == 0 ? random.Next(1000) : 0,
                    random.Next(2) == 0, (byte)random.Next(20));
            decimal scaled = decimal.Round(value, 2);
            decimal longer = scaled + 0.000m, shorter = scaled / 1.0000000000000000000000000000m;
            Assert.Equal(longer, shorter);
            Assert.Equal(KeyHash<decimal>.Stable(longer), KeyHash<decimal>.Stable(shorter));
            Assert.Equal(value, EqualScalars.Of(value));
            Assert.Equal(value.GetHashCode(), EqualScalars.Of(value).GetHashCode());
        }
    }

    [Fact]
    public void Keys_whose_form_is_what_is_stored_have_the_hash_that_they_always_had()
    {
        Assert.Equal(KeyHash<(int, string)>.OfStored((1, "a")), KeyHash<(int, string)>.Stable((1, "a")));
        Assert.Equal(KeyHash<decimal>.OfStored(12.5m), KeyHash<decimal>.Stable(12.5m));
        Assert.Equal(KeyHash<DateTimeOffset>.OfStored(s_noon), KeyHash<DateTimeOffset>.Stable(s_noon));
        Assert.NotEqual(KeyHash<decimal>.OfStored(12.50m), KeyHash<decimal>.Stable(12.50m));
    }

    [Fact]
    public void Hashing_a_composite_key_allocates_nothing()
    {
        (string, decimal, DateTimeOffset) key = ("a", 1.50m, s_noon);
        ulong sum = KeyHash<(string, decimal, DateTimeOffset)>.Of(key, 1 << 20);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            sum += KeyHash<(string, decimal, DateTimeOffset)>.Of(key, 1 << 20);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0UL, sum);
    }

    private static Action Meet<TKey>(params TKey[] keys) => () =>
    {
        KeyEquality.Check<TKey>("shop");
        foreach (TKey key in keys)
        {
            Assert.True(EqualityComparer<TKey>.Default.Equals(keys[0], key), $"{keys[0]} and {key} are not equal: the case is wrong.");
            Assert.Equal(KeyHash<TKey>.Stable(keys[0]), KeyHash<TKey>.Stable(key));
            Assert.Equal(KeyHash<TKey>.Of(keys[0], 1UL << 40), KeyHash<TKey>.Of(key, 1UL << 40));
            Assert.Equal(KeyComparer<TKey>.HashOf(keys[0]), KeyComparer<TKey>.HashOf(key));
            Assert.Equal(FormOf(keys[0]), FormOf(key));
        }
    };

    private static Action Differ<TKey>(params TKey[] keys) => () =>
    {
        Assert.Equal(keys.Length, keys.Select(KeyHash<TKey>.Stable).Distinct().Count());
        Assert.Equal(keys.Length, keys.Select(key => KeyHash<TKey>.Of(key, 1UL << 40)).Distinct().Count());
        Assert.Equal(keys.Length, keys.Select(key => Convert.ToHexString(FormOf(key))).Distinct().Count());
    };

    private static byte[] FormOf<TKey>(TKey key)
    {
        var writer = new BlobWriter();
        KeyForm<TKey>.Write(writer, key);
        return writer.ToArray();
    }

    private sealed record Price(string Currency, decimal Amount, Price? Before);

    private readonly record struct Reading(double Value, Half Error);

    private struct Plain
    {
        public decimal Amount;
        public DateTime At;
    }

    [StoredCases(typeof(Circle), typeof(Square))]
    private abstract record Shape;

    private sealed record Circle(decimal Radius) : Shape;

    private sealed record Square(decimal Radius) : Shape;

    private record Base(decimal Amount);

    private sealed record Derived(decimal Amount, double Weight) : Base(Amount);

    private sealed record Sender(Email Email);

    private sealed class Email(string text) : IEquatable<Email>, ICanonicalKey<string>
    {
        public string Text { get; } = text;

        public string CanonicalKey => Text.ToUpperInvariant();

        public bool Equals(Email? other) => other is not null && string.Equals(Text, other.Text, StringComparison.OrdinalIgnoreCase);

        public override bool Equals(object? obj) => Equals(obj as Email);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);
    }

    private readonly struct Approximate(decimal value) : IEquatable<Approximate>, ICanonicalKey<decimal>
    {
        public decimal Value { get; } = value;

        public decimal CanonicalKey => decimal.Round(Value, 1);

        public bool Equals(Approximate other) => CanonicalKey == other.CanonicalKey;

        public override bool Equals(object? obj) => obj is Approximate other && Equals(other);

        public override int GetHashCode() => CanonicalKey.GetHashCode();
    }

    [StoredCases(typeof(Mail))]
    private abstract class Contact;

    private sealed class Mail(string address) : Contact, ICanonicalKey<string>
    {
        public string Address { get; } = address;

        public string CanonicalKey => Address.ToUpperInvariant();

        public override bool Equals(object? obj) => obj is Mail other && other.CanonicalKey == CanonicalKey;

        public override int GetHashCode() => CanonicalKey.GetHashCode(StringComparison.Ordinal);
    }
}

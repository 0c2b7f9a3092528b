namespace ActorStreams.Core.Tests.Codecs;

/// <summary>What was written by one version of a type, read by the next.</summary>
public sealed class Evolution
{
    public sealed record V1(long Id, string Name, int Count);

    public sealed record Added(long Id, string Name, int Count, string Note = "none", Colour Colour = Colour.Green, decimal Price = 1.5m,
        int? Limit = 7, string? Other = null);

    public sealed record Removed(int Count);

    public sealed record Renamed([FormerName("Id")] long Number, [property: FormerName("Title"), FormerName("Name")] string Label,
        [StoredName("Count")] int HowMany);

    public sealed record Reordered(int Count, string Name, long Id);

    public sealed record Widened(Int128 Id, string Name, long? Count);

    public sealed record Narrowed(int Id, string Name, int Count);

    public sealed class Settable
    {
        public long Id { get; set; }

        public string Unknown { get; set; } = "initial";
    }

    [Fact]
    public void A_field_added_later_reads_as_its_default() =>
        Assert.Equal(new Added(1, "a", 2), Codecs.Evolve<V1, Added>(new V1(1, "a", 2)));

    [Fact]
    public void A_property_added_later_keeps_its_initial_value() =>
        Assert.Equal((1, "initial"),
            (Codecs.Evolve<V1, Settable>(new V1(1, "a", 2)).Id, Codecs.Evolve<V1, Settable>(new V1(1, "a", 2)).Unknown));

    [Fact]
    public void A_removed_field_is_stepped_over() => Assert.Equal(new Removed(2), Codecs.Evolve<V1, Removed>(new V1(1, "a", 2)));

    [Fact]
    public void A_renamed_field_is_found_by_its_former_name() =>
        Assert.Equal(new Renamed(1, "a", 2), Codecs.Evolve<V1, Renamed>(new V1(1, "a", 2)));

    [Fact]
    public void Fields_may_change_places() => Assert.Equal(new Reordered(2, "a", 1), Codecs.Evolve<V1, Reordered>(new V1(1, "a", 2)));

    [Fact]
    public void Numbers_may_become_wider_and_nullable() =>
        Assert.Equal(new Widened(1, "a", 2), Codecs.Evolve<V1, Widened>(new V1(1, "a", 2)));

    [Fact]
    public void Null_stays_null() => Assert.Null(Codecs.Evolve<V1?, Added?>(null));

    [Fact]
    public void A_narrower_field_is_an_error_that_names_it()
    {
        CodecException error = Assert.Throws<CodecException>(() => Codecs.Evolve<V1, Narrowed>(new V1(1, "a", 2)));
        Assert.Equal("Type 'Narrowed', field 'Id' was stored as 'long' and is now 'int', which cannot hold every stored value. " +
            "Keep the old type, or give the new field another name (and stored name) and compute it from the old one.", error.Message);
    }

    [Fact]
    public void A_whole_value_of_another_type_is_an_error_that_does_not_speak_of_fields()
    {
        CodecException error = Assert.Throws<CodecException>(() => Codecs.Evolve<long, int>(1));
        Assert.Equal("Type 'int' was stored as 'long' and is now 'int', which cannot hold every stored value. " +
            "Keep the old type, or store values of the new one under another name.", error.Message);
    }

    [Fact]
    public void Every_lossless_change_of_a_number_keeps_its_value_and_every_other_is_refused()
    {
        Check<sbyte>(-5, typeof(short), typeof(int), typeof(long), typeof(Int128), typeof(Half), typeof(float), typeof(double),
            typeof(decimal));
        Check<byte>(250, typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(Int128),
            typeof(UInt128), typeof(Half), typeof(float), typeof(double), typeof(decimal));
        Check<short>(-300, typeof(int), typeof(long), typeof(Int128), typeof(float), typeof(double), typeof(decimal));
        Check<ushort>(65535, typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(Int128), typeof(UInt128), typeof(float),
            typeof(double), typeof(decimal));
        Check(int.MinValue, typeof(long), typeof(Int128), typeof(double), typeof(decimal));
        Check(uint.MaxValue, typeof(long), typeof(ulong), typeof(Int128), typeof(UInt128), typeof(double), typeof(decimal));
        Check(long.MinValue, typeof(Int128), typeof(decimal));
        Check(ulong.MaxValue, typeof(Int128), typeof(UInt128), typeof(decimal));
        Check((Half)1.5, typeof(float), typeof(double));
        Check(0.1f, typeof(double));
        Check(0.1);
        Check(0.1m);
        Check('a');
        Check(true);
    }

    [Fact]
    public void An_enum_may_get_a_wider_underlying_type() =>
        Assert.Equal((WideColour)200, Codecs.Evolve<Colour, WideColour>(Colour.Green));

    [Fact]
    public void A_value_may_become_nullable_and_not_the_other_way()
    {
        Assert.Equal(5, Codecs.Evolve<int, int?>(5));
        Assert.Equal(5L, Codecs.Evolve<int, long?>(5));
        Assert.Equal(5L, Codecs.Evolve<int?, long?>(5));
        Assert.Throws<CodecException>(() => Codecs.Evolve<int?, int>(5));
    }

    [Fact]
    public void Elements_of_collections_evolve()
    {
        Assert.Equal([1L, 2L], Codecs.Evolve<int[], List<long>>([1, 2]));
        Assert.Equal([new Removed(2)], Codecs.Evolve<List<V1>, Removed[]>([new V1(1, "a", 2)]));
        Assert.Equal(2.5, Assert.Single(Codecs.Evolve<Dictionary<string, float>, Dictionary<string, double>>(new() { ["a"] = 2.5f }))
            .Value);
        Assert.Throws<CodecException>(() => Codecs.Evolve<int[], HashSet<int>>([1]));
        CodecException error = Assert.Throws<CodecException>(
            () => Codecs.Evolve<Dictionary<string, List<V1>>, Dictionary<string, List<Narrowed>>>([]));
        Assert.Contains("field '[value][].Id'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_may_be_added_to_the_end_of_a_tuple_only()
    {
        Assert.Equal((1, 2L, null), Codecs.Evolve<(int, long), (long, long, string?)>((1, 2L)));
        Assert.Throws<CodecException>(() => Codecs.Evolve<(int, int), ValueTuple<int>>((1, 2)));
    }

    [Fact]
    public void Everything_that_is_removed_is_stepped_over()
    {
        Assert.Equal(new OnlyLast(9),
            Codecs.Evolve<Full, OnlyLast>(
            new Full(Sample.Everything, [Sample.Order], new Voucher(Guid.Empty, new Cash()), new Tree(1, new Tree(2, null, null), null),
            9)));
        Assert.Equal(new OnlyLast(9), Codecs.Evolve<Full, OnlyLast>(new Full(null, null, null, null, 9)));
    }

    [Fact]
    public void Cases_may_be_added_reordered_and_renamed()
    {
        foreach (Payment payment in new Payment[] { new Card("1", new DateOnly(2030, 1, 1)), new Cash(),
            new Voucher(Guid.Empty, new Cash()) })
        {
            NewPayment read = Codecs.Evolve<Payment, NewPayment>(payment);
            Assert.Equal(payment switch
            {
                Card => new Later.Card("1", new DateOnly(2030, 1, 1), Holder: "unknown"),
                Cash => new Later.Coins(0),
                _ => new Later.Gift(Guid.Empty, new Later.Coins(0)),
            }, read);
        }
    }

    [Fact]
    public void A_case_that_is_no_more_is_an_error_that_names_it()
    {
        CodecException error = Assert.Throws<CodecException>(() => Codecs.Evolve<NewPayment, Payment>(new Later.Coins(1)));
        Assert.Contains("was stored with a case 'Cheque', and 'Payment' lists none of that name", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Structs_and_trees_evolve()
    {
        Assert.Equal(new Reading2(1, 2.5, 3, 8), Codecs.Evolve<Reading, Reading2>(new Reading(1, 2.5, 3)));
        Assert.Equal(new Tree2(new Tree2(null, 2), 1),
            Codecs.Evolve<Tree, Tree2>(new Tree(1, new Tree(2, null, null), new Tree(3, null, null))));
    }

    private static void Check<TFrom>(TFrom value, params Type[] allowed)
    {
        Type[] all = [typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
            typeof(Int128), typeof(UInt128),
            typeof(Half), typeof(float), typeof(double), typeof(decimal), typeof(char), typeof(bool), typeof(string), typeof(DateTime),
                typeof(TimeSpan)];
        foreach (Type to in all.Where(one => one != typeof(TFrom)))
        {
            System.Reflection.MethodInfo evolve = typeof(Evolution).GetMethod(nameof(Try),
                System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;
            string? read = (string?)evolve.MakeGenericMethod(typeof(TFrom), to).Invoke(null, [value]);
            if (!allowed.Contains(to))
                Assert.True(read is null, $"{typeof(TFrom)} was read as {to}");
            else if (typeof(TFrom) != typeof(float))
                Assert.Equal(Convert.ToString(value), read);
        }
    }

    private static string? Try<TFrom, TTo>(TFrom value)
    {
        try
        {
            return Convert.ToString(Codecs.Evolve<TFrom, TTo>(value));
        }
        catch (CodecException)
        {
            return null;
        }
    }

    internal sealed record Full(Everything? Everything, List<Order>? Orders, Payment? Payment, Tree? Tree, int Last);

    internal sealed record OnlyLast(int Last);

    internal readonly record struct Reading2(long Sensor, double Value, long Time, int Quality = 8);

    internal sealed record Tree2(Tree2? Left, long Value);

    internal enum WideColour : long;
}

[StoredCases(typeof(Later.Cheque), typeof(Later.Coins), typeof(Later.Gift), typeof(Later.Card))]
public abstract record NewPayment;

public static class Later
{
    public sealed record Cheque : NewPayment;

    [FormerName("Cash")]
    public sealed record Coins(int Small) : NewPayment;

    [StoredName("Voucher")]
    public sealed record Gift(Guid Code, NewPayment? Rest) : NewPayment;

    public sealed record Card(string Number, DateOnly Expires, string Holder = "unknown") : NewPayment;
}

internal static class Sample
{
    public static readonly Order Order = new(7, "alice", [new Line("tea", 2.50m, 3), new Line("€", 0.1m)],
        new Card("4711", new DateOnly(2030, 1, 31)), new() { ["a"] = 1, ["b"] = -1 });

    public static readonly Everything Everything = new(
        true, -1, 2, -3, 4, -5, 6, -7, 8, -9, 10, (Half)1.5, 2.5f, -0.0, 3.50m, '€', "text \ud83d",
            new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        new DateTime(2026, 11, 22, 1, 2, 3, DateTimeKind.Utc), new DateTimeOffset(2026, 11, 22, 1, 2, 3, TimeSpan.FromHours(-5)),
            TimeSpan.FromSeconds(-1),
        new DateOnly(2026, 11, 22), new TimeOnly(1, 2, 3), Colour.Green, Colour.Red, 11, new Reading(1, double.NaN, 2),
            new Reading(3, 4, 5), [1, 2, 3], [[1], [], null!],
        ["a", null, ""], [1, 2], [7, 8], [new Reading(6, 7, 8)], (1, ("b", 2), null), new Tree(1, null, new Tree(2, null, null)),
        new Voucher(Guid.Empty, new Cash()), new KeyValuePair<int, string?>(1, "one"));
}

using ActorStreams.Authoring;
using ActorStreams.Core.Codecs.Runtime;

namespace ActorStreams.Core.Tests.Codecs;

public sealed class SchemaTexts
{
    [Fact]
    public void The_text_names_fields_types_and_cases()
    {
        Assert.Equal("""
            Order?
            Order = { Id: long, Customer: string, Lines: list<Line?>, Payment: Payment, Tags: map<string, long> }
            Line = { Product: string, Price: decimal, Count: int }
            Payment = Card { Number: string, Expires: dateonly } | Cash {} | Voucher { Code: guid, Rest: Payment }

            """, RecordCodec.Of<Order>().Schema.Text);
    }

    [Fact]
    public void Private_fields_have_their_own_names_and_properties_theirs()
    {
        Assert.Equal("Accumulator\nAccumulator = { _count: long, _sum: double }\n", RecordCodec.Of<Accumulator>().Schema.Text);
        Assert.Equal("Reading\nReading = { Sensor: int, Value: double, Time: long }\n", RecordCodec.Of<Reading>().Schema.Text);
    }

    [Fact]
    public void Types_of_one_name_are_told_apart_and_strange_names_are_quoted()
    {
        string text = RecordCodec.Of<(Pair<int>, Pair<string>, Odd)>().Schema.Text;
        Assert.Equal("""
            (Pair, Pair_2, "long")
            Pair = { Left: int, Right: int }
            Pair_2 = { Left: string, Right: string }
            "long" = { "list": int, "a \0022b\005c\000a\20ac": int, "": int }

            """, text);
        Assert.Equal((new Pair<int>(1, 2), new Pair<string>("a", "b"), new Odd(1, 2, 3)),
            Codecs.RoundTrip((new Pair<int>(1, 2), new Pair<string>("a", "b"), new Odd(1, 2, 3))));
    }

    [Fact]
    public void A_schema_parses_to_itself()
    {
        foreach (Schema schema in new[] { RecordCodec.Of<Everything>().Schema, RecordCodec.Of<Order>().Schema,
            RecordCodec.Of<(Pair<int>, Pair<string>, Odd)>().Schema, RecordCodec.Of<ValueTuple>().Schema, RecordCodec.Of<List<Holder>>()
            .Schema })
            Assert.Equal(schema.Text, SchemaPrinter.Print(SchemaParser.Parse(schema.Text)));
    }

    [Fact]
    public void A_struct_may_hold_a_list_of_itself()
    {
        var holder = new Holder(1, [new Holder(2, []), new Holder(3, null)]);
        Holder read = Codecs.RoundTrip(holder);
        Assert.Equal((1, 2, 2, 0), (read.Value, read.Holders!.Count, read.Holders[0].Value, read.Holders[0].Holders!.Count));
        Assert.Null(read.Holders[1].Holders);
    }

    [Fact]
    public void An_explicit_constructor_of_a_struct_does_not_run()
    {
        Assert.Equal("5", Codecs.RoundTrip(new Doubling(10)).ToString());
    }

    public readonly record struct Pair<T>(T Left, T Right);

    [StoredName("long")]
    public readonly record struct Odd([StoredName("list")] int A, [StoredName("a \"b\\\n€")] int B, [StoredName("")] int C);

    public readonly record struct Holder(int Value, List<Holder>? Holders);

    public readonly struct Doubling(int value)
    {
        private readonly int value = value / 2;

        public override string ToString() => $"{value}";
    }
}

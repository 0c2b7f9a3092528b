using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>Events that tell only a part of a row, as PostgreSQL sends them without REPLICA IDENTITY FULL.</summary>
[Trait("Issue", "A6")]
public sealed class DebeziumPartsSpec : IDisposable
{
    private const string Missing = "__debezium_unavailable_value";
    private readonly TemporaryFolder _folder = new();

    public enum Status
    {
        Open,
        Paid,
    }

    public sealed record Order(int Id, string Name, decimal Amount, DateTimeOffset At, Status Status, List<string> Tags, string? Note);

    public sealed record Line(int Order_id, int Line_no, string Text, Dictionary<string, string>? Labels = null, byte[]? Picture = null,
        int[]? Numbers = null, Guid? Token = null);

    public sealed class Settable
    {
        public int Id { get; set; }

        public string? Name { get; set; }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"op":"d","before":{"id":5},"after":null}""")]
    [InlineData("""{"op":"d","before":{"id":5,"name":null,"amount":null,"at":null,"status":null,"tags":null,"note":null}}""")]
    [InlineData("""{"op":"d","before":{"id":5,"name":"__debezium_unavailable_value","amount":1,"at":"2020-01-01T00:00:00Z","status":1,"tags":[],"note":null}}""")]
    [InlineData("""{"schema":{"type":"struct","fields":[]},"payload":{"op":"d","before":{"id":5},"after":null,"source":{}}}""")]
    public async Task A_deletion_that_tells_the_key_alone_deletes_it(string json)
    {
        DebeziumEvent<Order> change = await ReadAsync<Order>(json);

        Assert.True(change.IsBeforePartial);
        Assert.Equal([Upsert<int, Order>.Delete(5)], change.Upserts(order => order.Id));
        Assert.Contains("only a part of the row before", Assert.Throws<FormatException>(() => change.Changes()).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"op":"d","before":{"name":"x"}}""")]
    [InlineData("""{"op":"d","before":{"id":null,"name":"x"}}""")]
    [InlineData("""{"op":"d","before":{"id":"__debezium_unavailable_value","name":"x"}}""")]
    public async Task A_deletion_that_does_not_tell_the_key_deletes_nothing(string json)
    {
        // whichever key: it is not in what is told
        List<string> errors = await ErrorsAsync<Order>(json, order => order.Id);
        Assert.Contains("the key is not in it", errors.Single(), StringComparison.Ordinal);
        errors = await ErrorsAsync<Order>(json, order => (order.Name, order.At));
        Assert.Contains("the key is not in it", errors.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_several_columns_must_be_told_whole()
    {
        DebeziumEvent<Line> whole = await ReadAsync<Line>("""{"op":"d","before":{"order_id":1,"line_no":2}}"""),
            half = await ReadAsync<Line>("""{"op":"d","before":{"order_id":1}}""");
        Assert.Equal([Upsert<(int, int), Line>.Delete((1, 2))], whole.Upserts(line => (line.Order_id, line.Line_no)));
        Assert.Throws<FormatException>(() => half.Upserts(line => (line.Order_id, line.Line_no)));
    }

    [Fact]
    public async Task An_update_that_changes_the_key_deletes_the_old_one()
    {
        const string after = """{"id":6,"name":"n","amount":2,"at":"2020-01-01T00:00:00Z","status":0,"tags":["t"],"note":null}""";
        DebeziumEvent<Order> moved = await ReadAsync<Order>($$$"""{"op":"u","before":{"id":5},"after":{{{after}}}}"""),
            same = await ReadAsync<Order>($$$"""{"op":"u","before":{"id":6},"after":{{{after}}}}""");

        List<Upsert<int, Order>> upserts = [.. moved.Upserts(order => order.Id)];
        Assert.Equal([Upsert<int, Order>.Delete(5), Upsert<int, Order>.Put(6, moved.After!)], upserts);
        Assert.Equal([Upsert<int, Order>.Put(6, same.After!)], same.Upserts(order => order.Id));
        Assert.Throws<FormatException>(() => moved.Changes());
    }

    /// <summary>As the server tells a changed key: the old row goes, a tombstone for it, the new row comes.</summary>
    [Fact]
    public async Task A_changed_key_may_come_as_deletion_tombstone_and_creation()
    {
        DebeziumEvent<Line>[] events =
        [
            await ReadAsync<Line>("""{"op":"d","before":{"order_id":1,"line_no":2,"text":null},"after":null}"""),
                await ReadAsync<Line>("null"),
            await ReadAsync<Line>("""{"op":"c","before":null,"after":{"order_id":1,"line_no":3,"text":"t"}}"""),
        ];
        Assert.Equal(["Delete (1, 2)", "Put (1, 3)"], events.SelectMany(change => change.Upserts(line => (line.Order_id, line.Line_no)))
            .Select(upsert => $"{upsert.Kind} {upsert.Key}"));
    }

    /// <summary>A class takes a row with a column less for a whole one; the row after, or the schema, tells that it is not.</summary>
    [Theory]
    [InlineData("""{"op":"u","before":{"id":5},"after":{"id":6,"name":"x"}}""")]
    [InlineData("""{"schema":{"fields":[{"field":"before","fields":[{"field":"id","optional":false},{"field":"name","optional":true}]}]},"payload":{"op":"d","before":{"id":5}}}""")]
    [InlineData("""{"schema":{"fields":[{"field":"before","fields":[{"field":"id","optional":false},{"field":"name","optional":false}]}]},"payload":{"op":"d","before":{"id":5,"name":null}}}""")]
    public async Task What_other_parts_of_the_event_tell_counts(string json)
    {
        DebeziumEvent<Settable> change = await ReadAsync<Settable>(json);
        Assert.Equal(5, change.Upserts(row => row.Id).First().Key);
        Assert.Throws<FormatException>(() => change.Changes());
    }

    [Fact]
    public async Task A_whole_row_before_is_one_whatever_columns_it_has_besides()
    {
        DebeziumEvent<Settable> change = await ReadAsync<Settable>(
            """{"op":"u","before":{"id":5,"name":"a","big":"__debezium_unavailable_value"},"after":{"id":5,"name":"b","other":1}}""");
        Assert.False(change.IsBeforePartial);
        Assert.Equal(2, change.Changes().Count());
    }

    public static TheoryData<string> Placeholders => [
        $$"""{"order_id":1,"line_no":1,"text":"{{Missing}}"}""",
        $$$"""{"order_id":1,"line_no":1,"text":"t","labels":{"{{{Missing}}}":"{{{Missing}}}"}}""",
        $$$"""{"order_id":1,"line_no":1,"text":"t","labels":{"a":"{{{Missing}}}"}}""",
        $$$"""{"order_id":1,"line_no":1,"text":"{\"{{{Missing}}}\":\"{{{Missing}}}\"}"}""",
        $$"""{"order_id":1,"line_no":1,"text":"t","picture":"{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Missing))}}"}""",
        $$"""{"order_id":1,"line_no":1,"text":"{{Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(Missing))}}"}""",
        $$"""{"order_id":1,"line_no":1,"text":"t","numbers":[{{string.Join(',', Missing.Select(letter => (int)letter))}}]}""",
        $$"""{"order_id":1,"line_no":1,"text":"t","token":"{{NameUuid()}}"}""",
        $$"""{"order_id":1,"line_no":1,"text":"t","tags":["{{Missing}}"]}""",
        $$"""{"order_id":1,"line_no":1,"text":"t","tags":[["{{Missing}}"]]}""",
    ];

    [Theory]
    [MemberData(nameof(Placeholders))]
    public async Task A_value_that_was_not_sent_is_no_data_in_whatever_form(string row)
    {
        foreach (string json in (string[])[$$$"""{"op":"c","after":{{{row}}}}""", $$$"""{"op":"u","before":null,"after":{{{row}}}}""",
            $$$"""{"payload":{"op":"r","after":{{{row}}}}}"""])
        {
            string error = (await SourceRun.ErrorsAsync(Source<Line>(json))).Single();
            Assert.Contains("REPLICA IDENTITY FULL", error, StringComparison.Ordinal);
        }

        // before it, only the key is needed
        DebeziumEvent<Line> deletion = await ReadAsync<Line>($$$"""{"op":"d","before":{{{row}}}}""");
        Assert.Equal((1, 1), deletion.Upserts(line => (line.Order_id, line.Line_no)).Single().Key);
        if (!row.Contains("tags", StringComparison.Ordinal))
            Assert.Throws<FormatException>(() => deletion.Changes());
    }

    [Fact]
    public async Task What_only_looks_like_the_placeholder_is_data()
    {
        DebeziumEvent<Line> change = await ReadAsync<Line>(
            $$$"""{"op":"c","after":{"order_id":1,"line_no":1,"text":"about {{{Missing}}}s","numbers":[95,95,100]}}""");
        Assert.Equal($"about {Missing}s", change.After!.Text);
    }

    /// <summary>As Java's UUID.nameUUIDFromBytes.</summary>
    private static string NameUuid()
    {
        byte[] hash = System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(Missing));
        (hash[6], hash[8]) = ((byte)((hash[6] & 0x0F) | 0x30), (byte)((hash[8] & 0x3F) | 0x80));
        return new Guid(hash, bigEndian: true).ToString();
    }

    private ActorStreams.Source<DebeziumEvent<T>> Source<T>(string json) =>
        JsonLines.File<DebeziumEvent<T>>(_folder.Write("events.jsonl", json + "\n"));

    private async Task<DebeziumEvent<T>> ReadAsync<T>(string json)
    {
        (List<SourceItem<DebeziumEvent<T>>> items, _) = await SourceRun.ReadAsync(Source<T>(json));
        Assert.Null(items.Single().Rejected);
        return items.Single().Row!;
    }

    private async Task<List<string>> ErrorsAsync<T>(string json, Func<T, object> keyOf)
    {
        (List<SourceItem<DebeziumEvent<T>>> items, _) = await SourceRun.ReadAsync(Source<T>(json));
        return [.. items.Select(
            item => item.Rejected?.Error.Message ?? Assert.Throws<FormatException>(() => item.Row!.Upserts(keyOf)).Message)];
    }
}

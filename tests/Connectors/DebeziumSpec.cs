using System.Text.Json;
using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

public sealed class DebeziumSpec : IDisposable
{
    /// <summary>Events as the documentation of the PostgreSQL connector shows them, cut to two columns; the second one with its
    /// schema.</summary>
    private const string Events = """
        {"before":null,"after":{"id":1,"first_name":"Anne"},"source":{"version":"3.3.1.Final","connector":"postgresql","name":"PostgreSQL_server","ts_ms":1559033904863,"snapshot":"true","db":"postgres","sequence":"[\"24023119\",\"24023128\"]","schema":"public","table":"customers","txId":555,"lsn":24023128,"xmin":null},"op":"c","ts_ms":1559033904863,"ts_us":1559033904863000}
        {"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"}],"optional":true,"name":"PostgreSQL_server.inventory.customers.Value","field":"before"}],"optional":false,"name":"PostgreSQL_server.inventory.customers.Envelope"},"payload":{"before":{"id":1,"first_name":"Anne"},"after":{"id":1,"first_name":"Anne Marie"},"source":{"connector":"postgresql","ts_ms":1559033904863,"db":"postgres","schema":"public","table":"customers"},"op":"u","ts_ms":1465584025523}}
        {"before":{"id":1,"first_name":"Anne Marie"},"after":null,"source":{"connector":"mysql","ts_ms":1465581902300,"db":"inventory","table":"customers"},"op":"d","ts_ms":1465581902461}
        null
        {"schema":{"type":"struct"},"payload":null}
        {"op":"r","after":{"id":2,"first_name":"Bob"},"before":null,"source":{},"ts_ms":1}
        {"source":{"schema":"public","table":"customers"},"op":"m","message":{"prefix":"foo","content":"Ymar"}}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public sealed record Person(int Id, string First_name);

    private async Task<List<T>> ReadAsync<T>(string json, Func<DebeziumEvent<Person>, IEnumerable<T>> rows)
    {
        var list = new List<T>();
        var pipeline = Pipeline.Create("debezium");
        pipeline.Read("events", JsonLines.File<DebeziumEvent<Person>>(_folder.Write("events.jsonl", json))).FlatMap(rows)
            .Write("list", Sinks.ForEach<T>(list.Add));
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile);
        await job.Completion;
        return list;
    }

    [Fact]
    public async Task Events_become_changes_with_and_without_schema()
    {
        Assert.Equal(["+Anne", "-Anne", "+Anne Marie", "-Anne Marie", "+Bob"],
            await ReadAsync(Events, e => e.Changes().Select(change => $"{(change.IsRetraction ? '-' : '+')}{change.Row.First_name}")));
        Assert.Equal(
            ["Create public.customers 2019-05-28T08:58:24.8630000+00:00", "Update public.customers 2019-05-28T08:58:24.8630000+00:00",
                "Delete inventory.customers 2016-06-10T18:05:02.3000000+00:00",
             "Tombstone  ", "Tombstone  ", "Read  ", "Message public.customers "],
            await ReadAsync(Events, e => (IEnumerable<string>)[$"{e.Operation} {e.Table} {e.Time:O}"]));
    }

    [Fact]
    public async Task Events_become_upserts_by_key()
    {
        string moved = Events + "\n" + """
            {"before":{"id":2,"first_name":"Bob"},"after":{"id":3,"first_name":"Bob"},"source":{},"op":"u"}
            {"before":null,"after":{"id":3,"first_name":"Rob"},"source":{},"op":"u"}
            {"before":null,"after":null,"source":{},"op":"t"}
            """;
        Assert.Equal(["Put 1 Anne", "Put 1 Anne Marie", "Delete 1 ", "Put 2 Bob", "Delete 2 ", "Put 3 Bob", "Put 3 Rob", "Clear 0 "],
            await ReadAsync(moved,
                e => e.Upserts(person => person.Id).Select(upsert => $"{upsert.Kind} {upsert.Key} {upsert.Row?.First_name}")));
    }

    [Theory]
    [InlineData("""{"id":1,"first_name":"flat"}""", "must be an object with the operation in 'op'")]
    [InlineData("""{"op":"x"}""", "'x' is not an operation")]
    [InlineData("""{"op":"c","after":{"id":1,"first_name":"__debezium_unavailable_value"}}""", "REPLICA IDENTITY FULL")]
    [InlineData("""{"op":"d","before":null}""", "has no 'before'")]
    [InlineData("""{"op":"t","before":null}""", "does not tell which rows went")]
    public async Task What_is_no_change_is_refused(string json, string message) =>
        Assert.Contains(message, (await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(json, e => e.Changes()))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Changes_are_written_as_events_and_read_back()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Change<Person>[] changes = [Change<Person>.Insert(new(1, "Anne")), Change<Person>.Retract(new(1, "Anne"))];
        var pipeline = Pipeline.Create("writing");
        pipeline.Read("changes", Sources.Of(changes)).Map(change => DebeziumEvent<Person>.Of(change, "public.customers", time))
            .Write("file", JsonLines.ToFile<DebeziumEvent<Person>>(_folder["out.jsonl"]));
        await using Store store = Store.InMemory();
        await using (Job job = await Job.StartAsync(pipeline, store))
            await job.Completion;
        string[] lines = await File.ReadAllLinesAsync(_folder["out.jsonl"]);
        Assert.Equal(
            """{"before":null,"after":{"Id":1,"First_name":"Anne"},"source":{"connector":"actorstreams","ts_ms":1767323045000,"schema":"public","table":"customers"},"op":"c","ts_ms":1767323045000}""", lines[0]);
        Assert.Equal(["+Anne", "-Anne"],
            await ReadAsync(string.Join('\n', lines),
            e => e.Changes().Select(change => $"{(change.IsRetraction ? '-' : '+')}{change.Row.First_name}")));
    }

    public enum Mood
    {
        Calm,
    }

    public sealed record Everything(
        int Id, long? Big, string Name, string? Note, bool Flag, double Real, decimal Price, Guid Uuid, DateTimeOffset At, DateOnly Day,
            byte[] Bytes, Mood Mood, List<string> Tags, Dictionary<string, Person?> People, Person? Boss);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Updates_tell_both_rows_with_and_without_their_schema(bool withSchema)
    {
        DebeziumEvent<Person>[] events =
        [
            DebeziumEvent<Person>.Create(new(1, "Anne"), "public.customers"),
                DebeziumEvent<Person>.Update(new(1, "Anne"), new(2, "Anna"), "public.customers"),
            new() { Operation = DebeziumOperation.Update, After = new(2, "Ann"), HasAfter = true },
                DebeziumEvent<Person>.Delete(new(2, "Ann")), new() { Operation = DebeziumOperation.Tombstone },
        ];
        var pipeline = Pipeline.Create("writing");
        pipeline.Read("events", Sources.Of(events))
            .Write("file",
                JsonLines.ToFile<DebeziumEvent<Person>>(_folder["updates.jsonl"],
                new() { Serializer = withSchema ? DebeziumJson.WithSchema("shop") : null }));
        await using Store store = Store.InMemory();
        await using (Job job = await Job.StartAsync(pipeline, store))
            await job.Completion;
        string json = await File.ReadAllTextAsync(_folder["updates.jsonl"]);
        Assert.Equal(withSchema ? 4 : 0, json.Split('\n')
            .Count(line => line.StartsWith("""{"schema":{"type":"struct","fields":[{"type":"struct",""", StringComparison.Ordinal)));
        Assert.Contains(
            """{"before":{"Id":1,"First_name":"Anne"},"after":{"Id":2,"First_name":"Anna"},"source":{"connector":"actorstreams","schema":"public","table":"customers"},"op":"u"}""", json, StringComparison.Ordinal);
        Assert.Equal(["Put 1 Anne", "Delete 1 ", "Put 2 Anna", "Put 2 Ann", "Delete 2 "],
            await ReadAsync(json,
                e => e.Upserts(person => person.Id).Select(upsert => $"{upsert.Kind} {upsert.Key} {upsert.Row?.First_name}")));
        Assert.Contains("has no 'before'", (await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(json, e => e.Changes()))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_describes_what_is_written()
    {
        var row = new Everything(1, null, "n", null, true, 0.5, 1.25m, Guid.Empty, DateTimeOffset.UnixEpoch, new(2026, 1, 2), [1],
            Mood.Calm, ["a"], new() { ["x"] = null, ["y"] = new(2, "y") }, new(3, "b"));
        using var written = JsonDocument.Parse(
            JsonSerializer.Serialize(DebeziumEvent<Everything>.Update(row, row, "db.t", DateTimeOffset.UnixEpoch),
            DebeziumJson.WithSchema("shop")));
        JsonElement schema = written.RootElement.GetProperty("schema");
        Assert.Equal("shop.db.t.Envelope", schema.GetProperty("name").GetString());
        Check(schema, written.RootElement.GetProperty("payload"), "");
        JsonElement after = schema.GetProperty("fields")[1];
        Assert.Equal("shop.db.t.Value", after.GetProperty("name").GetString());
        Assert.Equal(
            "Id int32! Big int64 Name string! Note string Flag boolean! Real double! Price double! Uuid string! At string! Day string! Bytes bytes! Mood int32! Tags array! People map! Boss struct",
            string.Join(' ', after.GetProperty("fields").EnumerateArray()
                .Select(field =>
                $"{field.GetProperty("field")} {field.GetProperty("type")}{(field.GetProperty("optional").GetBoolean() ? "" : "!")}")));

        var named = new JsonSerializerOptions
        {
            Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.WriteAsString
        };
        using var other = JsonDocument.Parse(
            JsonSerializer.Serialize(DebeziumEvent<Everything>.Create(row), DebeziumJson.WithSchema("shop", named)));
        Check(other.RootElement.GetProperty("schema").GetProperty("fields")[1], other.RootElement.GetProperty("payload")
            .GetProperty("after"), "");
        Assert.Contains("has no form",
            Assert.Throws<PipelineException>(() => JsonSerializer.Serialize(DebeziumEvent<ulong>.Create(1), DebeziumJson.WithSchema()))
            .Message, StringComparison.Ordinal);
        Assert.Contains("cannot hold itself",
            Assert.Throws<PipelineException>(
            () => JsonSerializer.Serialize(DebeziumEvent<Node>.Create(new(1, null)), DebeziumJson.WithSchema())).Message,
            StringComparison.Ordinal);
    }

    public sealed record Node(int Id, Node? Next);

    /// <summary>What Kafka Connect's converter would take.</summary>
    private static void Check(JsonElement schema, JsonElement value, string where)
    {
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
        {
            Assert.True(schema.GetProperty("optional").GetBoolean(), where);
            return;
        }

        switch (schema.GetProperty("type").GetString())
        {
            case "struct":
                Dictionary<string, JsonElement> fields = schema.GetProperty("fields").EnumerateArray()
                    .ToDictionary(field => field.GetProperty("field").GetString()!);
                Assert.Empty(value.EnumerateObject().Select(property => property.Name).Except(fields.Keys));
                foreach ((string name, JsonElement field) in fields)
                    Check(field, value.TryGetProperty(name, out JsonElement member) ? member : default, $"{where}.{name}");
                break;
            case "array":
                Assert.All(value.EnumerateArray(), item => Check(schema.GetProperty("items"), item, where));
                break;
            case "map":
                Assert.All(value.EnumerateObject(), entry => Check(schema.GetProperty("values"), entry.Value, where));
                break;
            case "boolean":
                Assert.True(value.ValueKind is JsonValueKind.True or JsonValueKind.False, where);
                break;
            case "string":
                Assert.Equal(JsonValueKind.String, value.ValueKind);
                break;
            case "bytes":
                Assert.True(value.TryGetBytesFromBase64(out _), where);
                break;
            default:
                Assert.Equal(JsonValueKind.Number, value.ValueKind);
                break;
        }
    }
}

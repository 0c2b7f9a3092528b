using ActorStreams.Authoring;
using ActorStreams.Connectors.PostgreSql.Capture.Runtime;
using static System.StringComparison;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>A slot by default belongs to one source of one pipeline and one database.</summary>
[Trait("Issue", "A14")]
[Trait("Issue", "D7")]
public sealed class DefaultNamesSpec : IDisposable
{
    private static readonly CaptureOptions s_impatient = new() { RetryFor = TimeSpan.Zero };
    private readonly TestDatabase _database = new(), _other = new();

    public void Dispose()
    {
        _database.Dispose();
        _other.Dispose();
    }

    public sealed record Row(int Id, string? Text);

    [Fact]
    public void Names_that_differ_in_anything_give_names_that_differ()
    {
        (string, string, string)[] sources =
        [
            ("shop-eu", "rows", "db"), ("shop_eu", "rows", "db"), ("Shop_eu", "rows", "db"), ("shop", "eu_rows", "db"),
                ("shop", "eu-rows", "db"), ("shop_eu_rows", "db", ""), ("shop_eu", "rows_db", ""),
            ("shop_eu", "rows", "DB"), ("shop_eu", "rows", "db2"), ("shöp_eu", "rows", "db"), ("shüp_eu", "rows", "db"),
                (new string('a', 64), new string('b', 64), "db"), (new string('a', 64), new string('b', 64), "db2"),
            (new string('a', 63), new string('b', 64), "db"), ("", "", ""),
        ];
        string[] names = [.. sources.Select(source => DefaultNames.Of(source.Item1, source.Item2, source.Item3))];
        Assert.Distinct(names);
        Assert.All(names,
            name => Assert.True(DefaultNames.IsSlot(name) && name.Length <= 63 && name.StartsWith("actorstreams_", Ordinal)
            && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_')));
        Assert.Equal(names[0], DefaultNames.Of("shop-eu", "rows", "db"));
        Assert.StartsWith("actorstreams_shop_eu_rows_db_", names[0], Ordinal);
    }

    [Fact]
    public async Task Pipelines_whose_names_differ_in_a_sign_or_whose_databases_differ_capture_side_by_side()
    {
        foreach (TestDatabase database in new[] { _database, _other })
            database.Execute("CREATE TABLE rows (id int PRIMARY KEY, text text); INSERT INTO rows VALUES (1, 'one')");
        await using Store first = Store.InMemory(), second = Store.InMemory(), third = Store.InMemory();
        Job[] jobs = await Task.WhenAll(StartAsync("shop-eu", _database, first), StartAsync("shop_eu", _database, second),
            StartAsync("shop_eu", _other, third));
        foreach (Job job in jobs)
            await job.ShouldShowAsync<int, Row>((id, row) => $"{id} {row.Text}", () => ["1 one"]);
        _database.Execute("UPDATE rows SET text = 'two'");
        _other.Execute("UPDATE rows SET text = 'three'");
        foreach ((Job job, string text) in jobs.Zip(["two", "two", "three"]))
        {
            await job.ShouldShowAsync<int, Row>((_, row) => row.Text!, () => [text]);
            await job.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_job_goes_on_with_its_slot_though_its_name_by_default_has_changed()
    {
        _database.Execute("""
            CREATE TABLE rows (id int PRIMARY KEY, text text); INSERT INTO rows VALUES (1, 'one'); CREATE PUBLICATION actorstreams_shop_eu_rows FOR TABLE rows
            """);
        _database.Execute("SELECT pg_create_logical_replication_slot('actorstreams_shop_eu_rows', 'pgoutput')");
        ulong lsn = (ulong)NpgsqlTypes.NpgsqlLogSequenceNumber.Parse(
            _database.Rows("SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE database = current_database()")[0]);
        byte[] older = new CapturePosition(false, lsn, 0, 0, []).Encode()[..^16];   // without what the format has since noted
        older[0] = 1;
        var context = new SourceContext("shop-eu", "rows", TimeProvider.System);
        Source<Upsert<int, Row>> source = PostgreSqlTable.Upserts<int, Row>(_database.ConnectionString, "rows", s_impatient);
        await using (SourceReader<Upsert<int, Row>> reader = await source.OpenAsync("table", new SourceOffset(1, older), context,
            CancellationToken.None))
            Assert.Equal("actorstreams_shop_eu_rows", CapturePosition.Decode(reader.Offset.State, "").Slot);

        // what goes on is noted, so the name stays, whatever the default is
        byte[] noted =
            (new CapturePosition(false, lsn, 0, 0, []) with { Slot = "actorstreams_shop_eu_rows", Declared = EventTime.MinValue }).Encode();
        await using (SourceReader<Upsert<int, Row>> reader = await source.OpenAsync("table", new SourceOffset(1, noted),
            new SourceContext("renamed", "rows", TimeProvider.System), CancellationToken.None))
            Assert.Equal("actorstreams_shop_eu_rows", CapturePosition.Decode(reader.Offset.State, "").Slot);

        // without a position nobody knows whose slot it is
        SourceException error = await Assert.ThrowsAsync<SourceException>(async () =>
            await PostgreSqlTable.Upserts<int, Row>(_database.ConnectionString, "rows", s_impatient with { Start = CaptureStart.Slot })
                .OpenAsync("table", null, context, CancellationToken.None));
        Assert.Contains("there is a slot 'actorstreams_shop_eu_rows'", error.Message, Ordinal);
        await using SourceReader<Upsert<int, Row>> anew = await source.OpenAsync("table", null, context, CancellationToken.None);
        Assert.Equal(DefaultNames.Of("shop-eu", "rows", _database.Name), CapturePosition.Decode(anew.Offset.State, "").Slot);
    }

    private static Task<Job> StartAsync(string name, TestDatabase database, Store store) =>
        CaptureRun.StartAsync(CaptureRun.Table(PostgreSqlTable.Upserts<int, Row>(database.ConnectionString, "rows", s_impatient), name),
            store);
}

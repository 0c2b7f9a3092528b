using ActorStreams.Authoring;
using ActorStreams.Tests;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>What happens to a table behind the log's back ends the job, or has the table read anew; it is never silent.</summary>
[Trait("Issue", "A2")]
public sealed class ReplacedTableSpec : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    public sealed record Row(int Id, string? Text);

    private const string Partitioned = """
        CREATE TABLE {0} (id int PRIMARY KEY, text text) PARTITION BY RANGE (id);
        CREATE TABLE {0}_1 PARTITION OF {0} FOR VALUES FROM (0) TO (100);
        CREATE TABLE {0}_2 PARTITION OF {0} FOR VALUES FROM (100) TO (200); INSERT INTO {0} VALUES (1, 'one'), (101, 'two')
        """;

    private const string Plain = "CREATE TABLE {0} (id int PRIMARY KEY, text text); INSERT INTO {0} VALUES (1, 'one'), (101, 'two')";

    /// <summary>A table, what is done to it, how it is told.</summary>
    public static readonly (string Name, string Create, string Change, string Told)[] Replacements =
    [
        ("dropped", Plain, "DROP TABLE {0}", "dropped or renamed"),
        ("made_again", Plain, "BEGIN; DROP TABLE {0}; CREATE TABLE {0} (id int PRIMARY KEY, text text); INSERT INTO {0} VALUES (2, " +
            "'new'); COMMIT", "dropped and made again"),
        ("swapped", Plain + "; CREATE TABLE {0}_new (LIKE {0} INCLUDING ALL)",
            "BEGIN; ALTER TABLE {0} RENAME TO {0}_old; ALTER TABLE {0}_new RENAME TO {0}; COMMIT; INSERT INTO {0} VALUES (2, 'new')",
            "swapped by renaming"),
        ("renamed", Plain, "ALTER TABLE {0} RENAME TO {0}_old", "dropped or renamed"),
        ("keyless", Plain, "ALTER TABLE {0} DROP CONSTRAINT {0}_pkey", "key"),
        ("other_key", Plain, "ALTER TABLE {0} DROP CONSTRAINT {0}_pkey, ADD PRIMARY KEY (text)", "had the key (id), and has (text)"),
        ("unidentified", Plain, "ALTER TABLE {0} REPLICA IDENTITY NOTHING", "REPLICA IDENTITY DEFAULT"),
        ("unlogged", Plain, "DO $$ BEGIN EXECUTE format('ALTER PUBLICATION %I DROP TABLE {0}', (SELECT pubname FROM " +
            "pg_publication_tables WHERE tablename = '{0}')); END $$; ALTER TABLE {0} SET UNLOGGED", "is unlogged"),
        ("attached", Partitioned + "; CREATE TABLE {0}_3 (LIKE {0} INCLUDING ALL); INSERT INTO {0}_3 VALUES (202, 'there')",
            "ALTER TABLE {0} ATTACH PARTITION {0}_3 FOR VALUES FROM (200) TO (300)", "attached_3 with rows"),
        ("attached_at_once", Partitioned, "BEGIN; CREATE TABLE {0}_3 (LIKE {0} INCLUDING ALL); INSERT INTO {0}_3 VALUES (202, 'there'); " +
            "ALTER TABLE {0} ATTACH PARTITION {0}_3 FOR VALUES FROM (200) TO (300); COMMIT",
            "attached_at_once_3 with rows"),
        ("detached", Partitioned, "ALTER TABLE {0} DETACH PARTITION {0}_2", "detached_2, which was detached or dropped"),
        ("partition_dropped", Partitioned, "DROP TABLE {0}_2", "detached or dropped"),
        ("partition_truncated", Partitioned, "TRUNCATE {0}_2", "partition_truncated_2, which was truncated by itself"),
        ("partition_reloaded", Partitioned, "BEGIN; TRUNCATE {0}_2; INSERT INTO {0} VALUES (102, 'reloaded'); COMMIT",
            "partition_reloaded_2, which was truncated by itself"),
    ];

    [Fact]
    public async Task Each_way_of_replacing_a_table_ends_a_running_job_and_says_what_to_do()
    {
        await Task.WhenAll(Replacements.Select(async one =>
        {
            Sql(one.Create, one.Name);
            await using Store store = Store.InMemory();
            await using Job job = await StartAsync(one.Name, store);
            await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
            while (job.Metrics.Partitions["rows/table"].Watermark is null)   // until it has begun to read the changes
                await Task.Delay(20);
            Sql("UPDATE {0} SET text = 'last' WHERE id = 1", one.Name);
            Sql(one.Change, one.Name);
            Exception error = await Assert.ThrowsAnyAsync<ActorStreamsException>(() => job.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
            ShouldTell(one.Told, error.Message);
            Assert.Contains($"source 'rows': ", error.Message, StringComparison.Ordinal);
            Assert.InRange(job.Metrics.Sources["rows"].Rows, 3, 4);   // what was committed before is told
        }));
    }

    [Fact]
    public async Task Each_way_of_replacing_a_table_is_refused_by_a_job_that_was_down_meanwhile()
    {
        await Task.WhenAll(Replacements.Select(async one =>
        {
            Sql(one.Create, one.Name);
            await using Store store = Store.InMemory();
            await using (Job job = await StartAsync(one.Name, store))
            {
                await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
                await job.StopAsync();
            }

            Sql(one.Change, one.Name);
            SourceException error = await Assert.ThrowsAsync<SourceException>(() => StartAsync(one.Name, store));
            ShouldTell(one.Told, error.Message);
        }));
    }

    [Fact]
    public async Task A_publication_for_all_tables_does_not_hide_it_nor_do_changes_of_other_tables()
    {
        Sql(Plain, "everywhere");
        _database.Execute("CREATE TABLE busy (id int PRIMARY KEY); CREATE PUBLICATION everything FOR ALL TABLES");
        await using Store store = Store.InMemory();
        await using Job job = await StartAsync("everywhere", store, new CaptureOptions { Publication = "everything" });
        await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
        Sql("BEGIN; DROP TABLE {0}; CREATE TABLE {0} (id int PRIMARY KEY, text text); INSERT INTO {0} VALUES (2, 'new'); COMMIT",
            "everywhere");
        int rows = 0;
        while (!job.Completion.IsCompleted && rows < 100_000)
            _database.Execute($"INSERT INTO busy VALUES ({++rows})");
        ShouldTell("dropped and made again", (await Assert.ThrowsAsync<SourceException>(() => job.Completion)).Message);
    }

    [Fact]
    public async Task Partitions_that_come_without_rows_or_are_rewritten_end_nothing()
    {
        Sql(Partitioned, "parts");
        Sql("CREATE TABLE {0}_4 (LIKE {0} INCLUDING ALL)", "parts");
        await using Store store = Store.InMemory();
        await using (Job job = await StartAsync("parts", store))
        {
            await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
            Sql("BEGIN; CREATE TABLE {0}_3 PARTITION OF {0} FOR VALUES FROM (200) TO (300); INSERT INTO {0} VALUES (202, 'new'); COMMIT",
                "parts");
            Sql("ALTER TABLE {0} ATTACH PARTITION {0}_4 FOR VALUES FROM (300) TO (400); INSERT INTO {0} VALUES (302, 'new')", "parts");
            Sql("VACUUM FULL {0}_1", "parts");
            Sql("ALTER TABLE {0} ADD COLUMN number int; UPDATE {0} SET text = 'moved', id = 3 WHERE id = 1", "parts");
            await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["101", "202", "3", "302"]);
            DateTimeOffset now = EventTime.ToDateTimeOffset(Now());
            while (!(job.Metrics.Partitions["rows/table"].Watermark >= now))
            {
                Assert.False(job.Completion.IsFaulted, job.Completion.Exception?.Message);
                await Task.Delay(20);
            }

            await job.StopAsync();
        }

        Sql("CREATE TABLE {0}_5 PARTITION OF {0} FOR VALUES FROM (400) TO (500); INSERT INTO {0} VALUES (402, 'new')", "parts");
        await using Job second = await StartAsync("parts", store);
        await second.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["101", "202", "3", "302", "402"]);
        _database.Execute("DROP TABLE parts_2");
        Assert.Contains("detached or dropped", (await Assert.ThrowsAsync<SourceException>(() =>
            second.Completion.WaitAsync(TimeSpan.FromSeconds(30)))).Message, StringComparison.Ordinal);
        await using Job ignoring = await StartAsync("parts", store, new CaptureOptions { IgnoreDetached = true });
        _database.Execute("INSERT INTO parts VALUES (403, 'new')");
        await ignoring.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["101", "202", "3", "302", "402", "403"]);
    }

    [Fact]
    public async Task Where_that_is_wanted_a_replaced_table_is_read_anew_running_or_down()
    {
        var again = new CaptureOptions { WhenReplaced = TableReplaced.Snapshot };
        await Task.WhenAll(Replacements.Where(one =>
            one.Name is not ("dropped" or "renamed" or "keyless" or "other_key" or "unidentified" or "unlogged")).Select(async one =>
        {
            Sql(one.Create, one.Name);
            await using Store store = Store.InMemory();
            await using (Job job = await StartAsync(one.Name, store, again))
            {
                await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
                Sql(one.Change, one.Name);
                Sql("INSERT INTO {0} VALUES (3, 'after')", one.Name);
                await job.ShouldShowAsync<int, Row>((_, row) => $"{row}", () => Rows(one.Name));
                await job.StopAsync();
            }

            Sql("UPDATE {0} SET text = text || '!'; CREATE TABLE {0}_next (LIKE {0} INCLUDING ALL); INSERT INTO {0}_next VALUES (4, " +
                "'next'); DROP TABLE {0}; ALTER TABLE {0}_next RENAME TO {0}", one.Name);
            await using Job second = await StartAsync(one.Name, store, again);
            await second.ShouldShowAsync<int, Row>((_, row) => $"{row}", () => Rows(one.Name));
            Sql("INSERT INTO {0} VALUES (5, 'more')", one.Name);
            await second.ShouldShowAsync<int, Row>((_, row) => $"{row}", () => Rows(one.Name));
            Assert.Equal(0, second.Metrics.Sources["rows"].Late);
        }));

        string[] Rows(string table) => [.. _database.Rows($"SELECT id || '|' || text FROM {table}").Select(row => row.Split('|'))
            .Select(row => $"{new Row(int.Parse(row[0], System.Globalization.CultureInfo.InvariantCulture), row[1])}")];
    }

    [Fact]
    public async Task A_table_that_is_gone_is_waited_for_where_a_new_one_is_wanted()
    {
        Sql(Plain, "waited");
        await using Store store = Store.InMemory();
        await using Job job = await StartAsync("waited", store,
            new CaptureOptions { WhenReplaced = TableReplaced.Snapshot, RetryFor = TimeSpan.FromSeconds(60) });
        await using Job impatient = await StartAsync("waited", store,
            new CaptureOptions { WhenReplaced = TableReplaced.Snapshot, RetryFor = TimeSpan.Zero }, "impatient");
        await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
        await impatient.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
        Sql("DROP TABLE {0}", "waited");
        ShouldTell("dropped or renamed", (await Assert.ThrowsAsync<SourceException>(() =>
            impatient.Completion.WaitAsync(TimeSpan.FromSeconds(30)))).Message);
        Sql("CREATE TABLE {0} (id int PRIMARY KEY, text text); INSERT INTO {0} VALUES (2, 'new')", "waited");
        await job.ShouldShowAsync<int, Row>((id, row) => $"{id} {row.Text}", () => ["2 new"]);
    }

    [Fact]
    public void Streams_of_changes_cannot_begin_again_and_publications_without_truncate_are_refused()
    {
        Assert.Contains("does not know which rows went", Assert.Throws<ArgumentException>(() =>
            PostgreSqlTable.Changes<Row>(_database.ConnectionString, "t",
                new CaptureOptions { WhenReplaced = TableReplaced.Snapshot })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publication_that_leaves_out_truncates_is_refused_unless_they_are_ignored()
    {
        Sql(Plain, "lasting");
        _database.Execute("CREATE PUBLICATION without FOR TABLE lasting WITH (publish = 'insert, update, delete')");
        await using Store store = Store.InMemory();
        var options = new CaptureOptions { Publication = "without" };
        Assert.Contains("leaves out TRUNCATE", (await Assert.ThrowsAsync<SourceException>(() =>
            StartAsync("lasting", store, options))).Message, StringComparison.Ordinal);
        await using Job job = await StartAsync("lasting", store, options with { IgnoreTruncate = true });
        await job.ShouldShowAsync<int, Row>((id, _) => $"{id}", () => ["1", "101"]);
        _database.Execute("ALTER PUBLICATION without SET (publish = 'insert')");
        Assert.Contains("leaves out inserts, updates or deletes",
            (await Assert.ThrowsAsync<SourceException>(() => job.Completion.WaitAsync(TimeSpan.FromSeconds(30)))).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The check asks several questions: the last one, when a stream is opened, is asked for the key.</summary>
    [Fact]
    public async Task A_change_between_two_questions_of_a_check_is_seen()
    {
        Sql(Plain, "checked");
        _database.Execute("CREATE PUBLICATION narrowed FOR TABLE checked");
        await using var line = new BreakingLine(_database.ConnectionString);
        int checks = 0;
        line.BeforeSending = sent =>
        {
            if (sent.Contains("WHERE i.indrelid = $1", StringComparison.Ordinal) && ++checks == 3)
                _database.Execute("ALTER PUBLICATION narrowed SET (publish = 'insert')");
            return Task.CompletedTask;
        };
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("checked");
        pipeline.Read("rows", PostgreSqlTable.Upserts<int, Row>(line.ConnectionString, "checked", new CaptureOptions { Publication = "narrowed" }))
            .ToTable("table").Materialize("view");
        await using Job job = await CaptureRun.StartAsync(pipeline, store);
        ShouldTell("leaves out inserts, updates or deletes",
            (await Assert.ThrowsAsync<SourceException>(() => job.Completion.WaitAsync(TimeSpan.FromSeconds(20)))).Message);
    }

    private static void ShouldTell(string what, string message) => Assert.True(message.Contains(what, StringComparison.Ordinal), message);

    private long Now() => Convert.ToInt64(_database.Execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"),
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Statement by statement, as users write them; those between BEGIN and COMMIT together.</summary>
    private void Sql(string sql, string table)
    {
        string all = sql.Replace("{0}", table, StringComparison.Ordinal);
        if (all.StartsWith("BEGIN", StringComparison.Ordinal) || all.StartsWith("DO", StringComparison.Ordinal))
        {
            _database.Execute(all);
            return;
        }

        foreach (string statement in all.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            _database.Execute(statement);
    }

    private Task<Job> StartAsync(string table, Store store, CaptureOptions? options = null, string? name = null)
    {
        var pipeline = Pipeline.Create(name ?? table);
        pipeline.Read("rows", PostgreSqlTable.Upserts<int, Row>(_database.ConnectionString, table, options ?? new CaptureOptions()))
            .ToTable("table").Materialize("view");
        return CaptureRun.StartAsync(pipeline, store);
    }
}

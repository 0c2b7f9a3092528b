using ActorStreams.Authoring;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>What happens in a table happens in the stream.</summary>
public sealed class CaptureSpec : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    public sealed record User(long Id, string Name, string? City, int Visits = -1);

    private static string Text(long key, User user) => $"{key}: {user.Id} {user.Name} {user.City ?? "?"}";

    private string[] Rows() => _database.Rows("SELECT id || ': ' || id || ' ' || name || ' ' || coalesce(city, '?') FROM users");

    private void CreateUsers(string identity = "DEFAULT") => _database.Execute($"""
        CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, city text);
        ALTER TABLE users REPLICA IDENTITY {identity};
        INSERT INTO users SELECT i, 'name ' || i, CASE WHEN i % 3 > 0 THEN 'city ' || i % 7 END FROM generate_series(-5, 50) i
        """);

    [Theory]
    [InlineData("DEFAULT")]
    [InlineData("FULL")]
    public async Task Snapshot_then_inserts_updates_deletes_key_changes_and_truncates(string identity)
    {
        CreateUsers(identity);
        await using Store store = Store.InMemory();
        await using Job job = await CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users")), store);
        await job.ShouldShowAsync<long, User>(Text, Rows);
        _database.Execute("INSERT INTO users VALUES (100, E'tab\tnew\nline\\\\ slash', 'Zürich'), (101, '', NULL)");
        _database.Execute("UPDATE users SET city = 'moved' WHERE id < 5");
        _database.Execute("UPDATE users SET id = id + 1000 WHERE id BETWEEN 10 AND 20");
        _database.Execute("DELETE FROM users WHERE id BETWEEN 30 AND 40");
        await job.ShouldShowAsync<long, User>(Text, Rows);
        _database.Execute(
            "BEGIN; UPDATE users SET name = 'gone'; TRUNCATE users; INSERT INTO users VALUES (7, 'after', 'truncate'); COMMIT");
        await job.ShouldShowAsync<long, User>(Text, Rows);
        await job.StopAsync();
    }

    [Fact]
    public async Task Changes_of_full_rows_add_up()
    {
        CreateUsers("FULL");
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("changes");
        Stream<Change<User>> changes = pipeline.Read("rows", PostgreSqlTable.Changes<User>(_database.ConnectionString, "public.users"));
        changes.GroupBy(user => user.City ?? "?").Count("cities").Materialize("view");
        await using Job job = await CaptureRun.StartAsync(pipeline, store);
        _database.Execute(
            "UPDATE users SET city = 'moved' WHERE id % 2 = 0; UPDATE users SET id = id + 1000 WHERE id > 10; DELETE FROM users WHERE id < 0");
        await job.ShouldShowAsync<string, long>((city, count) => $"{city} {count}",
            () => _database.Rows("SELECT coalesce(city, '?') || ' ' || count(*) FROM users GROUP BY city"));
        _database.Execute("TRUNCATE users");
        SourceException error = await Assert.ThrowsAsync<SourceException>(() => job.Completion.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("public.users was truncated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_is_seen_in_one_epoch()
    {
        _database.Execute(
            "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, visits int NOT NULL); ALTER TABLE users REPLICA IDENTITY FULL; INSERT INTO users SELECT i, 'n', 100 FROM generate_series(1, 100) i");
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("whole");
        pipeline.Read("rows", PostgreSqlTable.Changes<Visitor>(_database.ConnectionString, "users")).GroupBy(_ => 0)
            .Sum("sum", user => (long)user.Visits).Materialize("view");
        await using Job job = await CaptureRun.StartAsync(pipeline, store,
            CaptureRun.Quick with { EpochInterval = TimeSpan.FromMilliseconds(10), BatchRows = 16 });
        await job.ShouldShowAsync<int, long>((_, sum) => $"{sum}", () => ["10000"]);
        using var cancel = new CancellationTokenSource();
        var sums = new List<long>();
        Task observer = ObserveAsync();
        for (int i = 0; i < 100; i++)
            _database.Execute(
                $"BEGIN; UPDATE users SET visits = visits + 1 WHERE id % 2 = {i % 2}; UPDATE users SET visits = visits - 1 WHERE id % 2 = {1 - (i % 2)}; COMMIT");
        _database.Execute("INSERT INTO users VALUES (1000, 'last', 1)");
        await job.ShouldShowAsync<int, long>((_, sum) => $"{sum}", () => ["10001"]);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observer);
        Assert.All(sums, sum => Assert.True(sum is 10_000 or 10_001, $"An epoch showed {sum}."));

        async Task ObserveAsync()
        {
            await foreach (EpochChanges<int, long> epoch in job.Table<int, long>("view").Observe(cancellation: cancel.Token))
                sums.AddRange(epoch.Changes.Where(change => !change.IsRetraction).Select(change => change.Row.Value));
        }
    }

    public sealed record Visitor(long Id, int Visits);

    [Fact]
    public async Task Slot_is_confirmed_by_committed_epochs_only()
    {
        CreateUsers();
        await using Store store = Store.InMemory();
        await using (Job job = await CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users")), store,
            CaptureRun.Quick with { EpochInterval = TimeSpan.FromDays(1) }))
        {
            _database.Execute("INSERT INTO users VALUES (100, 'new', NULL)");
            while (job.Metrics.Sources["rows"].Rows < 57)
                await Task.Delay(10);
            object? before = Confirmed();
            await Task.Delay(1500);
            Assert.Equal(before, Confirmed());
        }

        await using Job second = await CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users")), store);
        await second.ShouldShowAsync<long, User>(Text, Rows);
        object? written = _database.Execute("SELECT pg_current_wal_lsn()");
        while (_database.Execute("SELECT confirmed_flush_lsn >= $$" + written +
            "$$ FROM pg_replication_slots WHERE database = current_database()") is false)
            await Task.Delay(50);

        object? Confirmed() =>
            _database.Execute("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE database = current_database()");
    }

    [Fact]
    public async Task Added_columns_are_seen_from_then_on_and_connections_may_be_cut()
    {
        CreateUsers();
        await using Store store = Store.InMemory();
        await using Job job = await CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users")), store);
        await job.ShouldShowAsync<long, User>(Text, Rows);
        Assert.Equal(-1, (await job.Table<long, User>("view").GetAsync(1))!.Visits);
        _database.Execute(
            "ALTER TABLE users ADD COLUMN extra text, ADD COLUMN visits int NOT NULL DEFAULT 7; UPDATE users SET city = 'x' WHERE id = 2");
        await job.ShouldShowAsync<long, User>(Text, Rows);
        Assert.Equal((-1, 7),
            ((await job.Table<long, User>("view").GetAsync(1))!.Visits, (await job.Table<long, User>("view").GetAsync(2))!.Visits));
        for (int i = 0; i < 3; i++)
        {
            _database.Execute($"INSERT INTO users VALUES ({200 + i}, 'before', NULL)");
            _database.CutConnections();
            _database.Execute($"INSERT INTO users VALUES ({300 + i}, 'after', NULL); DELETE FROM users WHERE id = {200 + i - 1}");
            await job.ShouldShowAsync<long, User>(Text, Rows);
        }
    }

    [Fact]
    public async Task A_snapshot_that_is_interrupted_goes_on_after_the_last_key()
    {
        _database.Execute("""
            CREATE TABLE parts (kind text, number int, name text, PRIMARY KEY (kind, number));
            ALTER TABLE parts REPLICA IDENTITY FULL;
            INSERT INTO parts SELECT chr(97 + i % 20) || E'\t''ü', i - 4000, 'part ' || i FROM generate_series(1, 8000) i
            """);
        await using Store store = Store.InMemory();
        long seen = 0;
        for (int crash = 0; crash < 4 && seen < 8000; crash++)
        {
            await using Job job = await StartAsync();
            long from = seen;
            while ((seen = job.Metrics.Sources["rows"].Rows) < from + 500)
                await Task.Delay(1);
            _database.Execute(
                $"UPDATE parts SET name = name || '!' WHERE number % 7 = {crash}; DELETE FROM parts WHERE number % 50 = {crash}; UPDATE parts SET kind = 'moved', number = number + 100000 WHERE number % 60 = {crash + 10}");
        }

        await using Job last = await StartAsync();
        await last.ShouldShowAsync<(string, int), long>((key, count) => $"{key.Item1} {key.Item2} {count}",
            () => _database.Rows("SELECT kind || ' ' || number || ' 1' FROM parts"), "counts");
        await last.ShouldShowAsync<(string, int), Part>((_, part) => $"{part}",
            () => [.. _database.Rows("SELECT kind || '|' || number || '|' || name FROM parts").Select(row => row.Split('|'))
            .Select(row => $"{new Part(row[0], int.Parse(row[1], System.Globalization.CultureInfo.InvariantCulture), row[2])}")]);

        Task<Job> StartAsync()
        {
            var pipeline = Pipeline.Create("parts");
            Stream<Change<Part>> parts = pipeline.Read("rows", PostgreSqlTable.Changes<Part>(_database.ConnectionString, "parts"));
            parts.GroupBy(part => (part.Kind, part.Number)).Count("count").Materialize("counts");
            parts.ToTable("table", part => (part.Kind, part.Number)).Materialize("view");
            return CaptureRun.StartAsync(pipeline, store,
                CaptureRun.Quick with { BatchRows = 16, EpochInterval = TimeSpan.FromMilliseconds(10) });
        }
    }

    public sealed record Order(int Id, long User);

    [Theory]
    [Trait("Issue", "C4")]
    [InlineData(20_000)]
    [InlineData(0)]
    public async Task Rows_that_look_into_a_captured_table_find_all_of_it_from_the_first_one_on(int users)
    {
        _database.Execute($"CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, city text); INSERT INTO users SELECT i, " +
            $"'name ' || i, NULL FROM generate_series(1, {users}) i");
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("orders");
        Table<long, User> table = pipeline.Read("rows", PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users"))
            .ToTable("users");
        var found = new TaskCompletionSource<(int Found, int Missing)>();
        (int Found, int Missing) count = default;
        pipeline.Read("orders", Sources.Of([.. Enumerable.Range(1, 10_000).Select(id => new Order(id, id * 2L))])).KeyBy(order =>
            order.User).Join("join", table, JoinType.Left)
            .Write("out", Sinks.ForEach<Joined<Order, User>>(pair =>
            {
                count = pair.HasRight ? (count.Found + 1, count.Missing) : (count.Found, count.Missing + 1);
                if (count.Found + count.Missing == 10_000)
                    found.SetResult(count);
            }));
        await using Job job = await CaptureRun.StartAsync(pipeline, store, CaptureRun.Quick with { EpochInterval = TimeSpan.FromDays(1) });
        Assert.Equal(users == 0 ? (0, 10_000) : (10_000, 0), await found.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    public sealed record Part(string Kind, int Number, string Name);

    public enum Mood
    {
        Sad,
        VeryHappy,
    }

    public sealed record Everything(
        int Id, long? Big, short Small, bool Flag, double Real, float Single, decimal Price, string Text, Guid Uuid, DateTime Plain,
            DateTimeOffset Zoned, DateOnly Day, TimeOnly Time, byte[] Bytes, Mood Mood,
        string Json, string Tags, double? None);

    [Fact]
    public async Task Values_of_every_type_arrive_in_snapshots_and_streams()
    {
        _database.Execute("""
            CREATE TYPE mood AS ENUM ('sad', 'very_happy');
            CREATE TABLE everything (id int PRIMARY KEY, big bigint, small smallint, flag boolean, real double precision, single real, price numeric(20, 4), text text, uuid uuid, plain timestamp,
                zoned timestamptz, day date, time time, bytes bytea, mood mood, json jsonb, tags text[], none double precision);
            SET timezone = 'Asia/Tokyo'; SET datestyle = 'German';
            INSERT INTO everything VALUES (1, -9223372036854775808, -3, true, 0.1, 1.5, 12345.6789, 'ä', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2024-02-29 23:59:59.123456',
                '2024-03-01 00:00:00+09', '1999-12-31', '12:34:56.5', '\x00ff', 'very_happy', '{"a": 1}', ARRAY['x', 'y'], NULL);
            ALTER DATABASE postgres SET timezone = 'UTC'
            """);
        await using Store store = Store.InMemory();
        await using Job job = await CaptureRun.StartAsync(
            CaptureRun.Table(PostgreSqlTable.Upserts<int, Everything>(_database.ConnectionString, "everything")), store);
        await job.ShouldShowAsync<int, Everything>((id, _) => $"{id}", () => ["1"]);
        _database.Execute(
            "INSERT INTO everything SELECT 2, big, small, flag, real, single, price, text, uuid, plain, zoned, day, time, bytes, mood, json, tags, none FROM everything");
        await job.ShouldShowAsync<int, Everything>((id, _) => $"{id}", () => ["1", "2"]);
        for (int id = 1; id <= 2; id++)
        {
            Everything row = (await job.Table<int, Everything>("view").GetAsync(id))!;
            Assert.Equal([0, 255], row.Bytes);
            Assert.Equal(
                new Everything(id, long.MinValue, -3, true, 0.1, 1.5f, 12345.6789m, "ä",
                    Guid.Parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), new DateTime(2024, 2, 29, 23, 59, 59).AddTicks(1_234_560),
                    new DateTimeOffset(2024, 2, 29, 15, 0, 0, TimeSpan.Zero), new DateOnly(1999, 12, 31), new TimeOnly(12, 34, 56, 500),
                        row.Bytes, Mood.VeryHappy, "{\"a\": 1}", "{x,y}", null),
                row);
        }
    }
}

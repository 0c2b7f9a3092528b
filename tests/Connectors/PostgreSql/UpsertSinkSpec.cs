using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Connectors.PostgreSql.Upserts.Runtime;
using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Connectors.Tests.PostgreSql;

/// <summary>A table in a real PostgreSQL shows committed epochs, whole, and nothing else, wherever the job or its connection
/// breaks.</summary>
public sealed class UpsertSinkSpec
{
    private readonly string _database = PostgreSqlServer.Shared.NewDatabase();

    [Fact]
    public async Task Values_of_every_type_arrive_as_they_are()
    {
        var sink = PostgreSqlSink.Upsert<Guid, AllTypes>(_database, "all_types", t => t
            .Key("id", id => id).Column("flag", r => r.Flag).Column("small", r => r.Small).Column("tiny", r => r.Tiny)
                .Column("money", r => r.Money).Column("real", r => r.Real)
            .Column("double", r => r.Double).Column("Text \"x\"", r => r.Text).Column("bytes", r => r.Bytes).Column("at", r => r.At)
                .Column("day", r => r.Day).Column("kind", r => r.Kind).Column("maybe", r => r.Maybe));
        AllTypes[] rows =
        [
            new(Guid.Parse("11111111-2222-3333-4444-555555555555"), true, -3, 200, 12.34m, 1.5f, double.NaN, "日本 🙂", [0, 255],
                new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), new(2026, 1, 2), DayOfWeek.Friday, 7),
            new(Guid.Empty, false, short.MaxValue, 0, -0.001m, -1, double.NegativeInfinity, null, [], DateTimeOffset.UnixEpoch,
                DateOnly.MinValue.AddDays(1), DayOfWeek.Sunday, null),
        ];
        await RunAsync(sink, rows.Select(row => Upsert<Guid, AllTypes>.Put(row.Id, row)));
        Assert.Equal(
            ["00000000-0000-0000-0000-000000000000|f|32767|0|-0.001|-1|-Infinity|null|\\x|1970-01-01 00:00:00+00|0001-01-02|Sunday|null",
                "11111111-2222-3333-4444-555555555555|t|-3|200|12.34|1.5|NaN|日本 🙂|\\x00ff|2026-01-02 01:04:05+00|2026-01-02|Friday|7"],
            Read("SELECT * FROM all_types ORDER BY id"));
    }

    [Fact]
    [Trait("Issue", "A8")]
    public async Task A_text_that_is_not_unicode_is_an_error_of_its_row_in_keys_and_columns()
    {
        var store = new MemoryStore();
        Pipeline pipeline = Pipeline.Create("texts");
        Upsert<string, string>[] rows = [Upsert<string, string>.Put("a", "fine"), Upsert<string, string>.Put("b\ud800", "fine"),
            Upsert<string, string>.Put("c", "\udc00"), Upsert<string, string>.Put("d", "fine")];
        pipeline.Read("rows", Sources.Of(rows))
            .Write("out",
            PostgreSqlSink.Upsert<string, string>(_database, "texts", t => t.Key("id", id => id).Column("text", text => text)));
        await using (Job job = await Job.StartAsync(pipeline, store, new JobOptions { Errors = ErrorPolicy.Skip }))
            await job.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["a|fine", "d|fine"], Read("SELECT * FROM texts ORDER BY 1"));
        Assert.Equal(2, store.ReadTable("dead_letters")
            .Count(letter => ((string)letter[2]!).Contains("the text is not Unicode", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Rows_replace_and_delete_by_key_and_the_last_of_a_key_counts()
    {
        Upsert<Place, Stock>[] rows = [Set("a", 1, 1), Set("b", 1, 1), Set("a", 1, 2), Gone("b", 1), Set("c", 1, 3), Gone("c", 1),
            Set("c", 1, 4), Gone("nobody", 1), Set("a", 2, 9)];
        await RunAsync(Stocks("stocks"), rows);
        Assert.Equal(["a|1|2", "a|2|9", "c|1|4"], Read("SELECT * FROM stocks ORDER BY 1, 2"));
        Assert.Empty(Read("SELECT 1 FROM actorstreams_staged_stocks"));
    }

    [Fact]
    public async Task A_table_that_is_there_keeps_its_types_and_its_other_columns()
    {
        Execute("CREATE SCHEMA shop; CREATE TABLE shop.\"Best Stocks\" (note text DEFAULT 'mine', name varchar(10), bin int, amount numeric(6,1) NOT NULL, UNIQUE (bin, name))");
        var sink = PostgreSqlSink.Upsert<Place, Stock>(_database, "shop.Best Stocks",
            t => t.Key("name", k => k.Name).Key("bin", k => k.Bin).Column("amount", r => (decimal)r.Amount));
        await RunAsync(sink, [Set("a", 1, 5), Gone("b", 1)]);
        Assert.Equal(["mine|a|1|5.0"], Read("SELECT * FROM shop.\"Best Stocks\""));
    }

    [Fact]
    public async Task A_table_of_keys_alone_and_a_name_of_full_length_will_do()
    {
        string name = new('t', 63);
        await RunAsync(PostgreSqlSink.Upsert<string, int>(_database, name, t => t.Key("id", id => id)),
            [Upsert<string, int>.Put("a", 0), Upsert<string, int>.Put("a", 1), Upsert<string, int>.Put("b", 2),
            Upsert<string, int>.Delete("a")]);
        Assert.Equal(["b"], Read($"SELECT * FROM {name}"));
    }

    [Fact]
    public async Task A_clear_takes_every_row_and_what_comes_later_counts()
    {
        UpsertSink<Place, Stock> sink = Stocks("cleared");
        await using SinkWriter<Upsert<Place, Stock>> writer = await sink.OpenAsync(Context(0, null, generation: 1), default);
        await EpochAsync(1, [Set("a", 1, 1), Set("b", 1, 1)]);
        Execute("INSERT INTO cleared VALUES ('other', 1, 1)");
        await EpochAsync(2, [Set("c", 1, 1), Upsert<Place, Stock>.Clear, Set("b", 1, 2)]);
        Assert.Equal(["b|1|2"], Read("SELECT * FROM cleared"));
        await EpochAsync(3, [Set("c", 1, 3)], [Gone("b", 1), Upsert<Place, Stock>.Clear, Set("d", 1, 4), Set("e", 1, 5)], [Gone("d", 1)]);
        Assert.Equal(["e|1|5"], Read("SELECT * FROM cleared"));
        await EpochAsync(4, [Upsert<Place, Stock>.Clear]);
        Assert.Empty(Read("SELECT * FROM cleared"));
        Assert.Empty(Read("SELECT 1 FROM actorstreams_staged_cleared"));

        var two = (UpsertSink<Place, Stock>)PostgreSqlSink.Upsert<Place, Stock>(_database, "two", t => t.Key("name", k => k.Name),
            new() { Writers = 2 });
        await using SinkWriter<Upsert<Place, Stock>> first = await two.OpenAsync(Context(0, null, generation: 1), default);
        Assert.Contains("Writers = 1", Assert.Throws<SinkException>(() => first.Write(Chunk(Upsert<Place, Stock>.Clear))).Message,
            StringComparison.Ordinal);

        async Task EpochAsync(long epoch, params Upsert<Place, Stock>[][] chunks)
        {
            foreach (Upsert<Place, Stock>[] chunk in chunks)
            {
                writer.Write(Chunk(chunk));
                await writer.FlushAsync(default);
            }

            byte[]? handle = (await writer.PrepareAsync(epoch, default)).Handle;
            await writer.CommitAsync(epoch, handle, default);
            await writer.CommitAsync(epoch, handle, default);
        }
    }

    [Fact]
    public async Task Many_rows_and_many_writers_arrive_too()
    {
        var store = new MemoryStore();
        Pipeline pipeline = Pipeline.Create("shop");
        pipeline.Read("rows", Sources.Of(Enumerable.Range(0, 60_000).ToArray())).AsChanges().GroupBy(row => row % 7_000)
            .Sum("sums", row => row)
            .Write("out",
                PostgreSqlSink.Upsert<int, long>(_database, "sums", t => t.Key("id", id => id).Column("sum", sum => sum),
                new() { Writers = 2 }));
        await using Job job = await Job.StartAsync(pipeline, store,
            new JobOptions { Parallelism = 2, EpochInterval = TimeSpan.FromMilliseconds(50), Restart = RestartPolicy.None });
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([$"7000|{Enumerable.Range(0, 60_000).Sum(row => (long)row)}"], Read("SELECT count(*), sum(sum) FROM sums"));
    }

    [Fact]
    public async Task After_a_crash_at_every_step_the_table_is_as_of_the_last_committed_epoch()
    {
        List<string> steps = await new SinkRun(_database, "crashed", static () => throw new IOException("crash")).ToEndAsync();
        Assert.Superset(
            new HashSet<string>(
                ["prepare tables", "take over", "clean up", "note run", "commit run", "begin staging", "copy", "commit staged", "staged",
                "begin", "delete", "upsert", "clean", "note epoch", "commit", "committed"]),
            steps.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_connection_cut_at_any_step_loses_and_repeats_nothing()
    {
        string database = _database;
        Assert.InRange((await new SinkRun(database, "cut_off", () => PostgreSqlServer.CutConnections(database)).ToEndAsync()).Count, 16,
            60);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_job_that_breaks_again_and_again_leaves_what_its_input_comes_to(int seed)
    {
        var random = new Random(seed);
        var store = new MemoryStore();
        var wanted = new Dictionary<int, long>();
        var rows = new List<(int Key, long Amount)>();
        for (int row = 0; row < 6_000; row++)
        {
            (int key, long amount) = (random.Next(40), random.Next(-20, 20));
            rows.Add((key, amount));
            wanted[key] = wanted.GetValueOrDefault(key) + amount;
        }

        var sink = (UpsertSink<int, long>)PostgreSqlSink.Upsert<int, long>(_database, $"totals_{seed}",
            t => t.Key("id", id => id).Column("total", total => total));
        int breaks = 0;
        sink.BeforeStep = step =>
        {
            if (random.Next(12) != 0 || ++breaks > 25)
                return;
            if (breaks % 2 == 0)
                PostgreSqlServer.CutConnections(_database);
            else
                throw new IOException($"crash before {step}");
        };
        Pipeline pipeline = Pipeline.Create("shop");
        pipeline.Read("rows", Sources.Of(rows.ToArray()).RateLimit(6_000)).AsChanges().GroupBy(row => row.Key)
            .Sum("totals", row => row.Amount)
            .Filter((_, total) => total % 3 != 0).Write("out", sink);
        var options = new JobOptions
        {
            Parallelism = 2,
            EpochInterval = TimeSpan.FromMilliseconds(20),
            Restart = new RestartPolicy(1000, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5))
        };
        await using Job job = await StartAsync(pipeline, store, options);
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(breaks > 5, $"Seed {seed}: only {breaks} breaks.");
        Assert.Equal(wanted.Where(row => row.Value % 3 != 0).OrderBy(row => row.Key).Select(row => $"{row.Key}|{row.Value}"),
            Read($"SELECT * FROM totals_{seed} ORDER BY id"));
    }

    [Fact]
    public async Task An_earlier_run_that_is_not_quite_dead_changes_nothing()
    {
        UpsertSink<Place, Stock> sink = Stocks("fenced");
        SinkWriter<Upsert<Place, Stock>> old = await sink.OpenAsync(Context(0, null, generation: 1), default);
        old.Write(Chunk(Set("a", 1, 1)));
        PreparedOutput prepared = await old.PrepareAsync(1, default);
        await using SinkWriter<Upsert<Place, Stock>> next = await sink.OpenAsync(Context(1, prepared.Handle, generation: 2), default);
        Assert.Equal(["a|1|1"], Read("SELECT * FROM fenced"));
        old.Write(Chunk(Set("a", 1, 99)));
        PreparedOutput late = await old.PrepareAsync(2, default);
        Assert.Contains("run 2",
            (await Assert.ThrowsAsync<SinkException>(async () => await old.CommitAsync(2, late.Handle, default))).Message,
            StringComparison.Ordinal);
        await Assert.ThrowsAsync<SinkException>(async () => await sink.OpenAsync(Context(1, prepared.Handle, generation: 1), default));
        await old.DisposeAsync();
        next.Write(Chunk(Set("b", 1, 2)));
        PreparedOutput second = await next.PrepareAsync(2, default);
        await next.CommitAsync(2, second.Handle, default);
        await next.CommitAsync(2, second.Handle, default);
        Assert.Equal(["a|1|1", "b|1|2"], Read("SELECT * FROM fenced ORDER BY 1"));
    }

    [Fact]
    public async Task A_database_that_forgot_epochs_and_staged_rows_that_vanished_are_noticed()
    {
        UpsertSink<Place, Stock> sink = Stocks("forgot");
        SinkWriter<Upsert<Place, Stock>> writer = await sink.OpenAsync(Context(0, null, generation: 1), default);
        writer.Write(Chunk(Set("a", 1, 1)));
        PreparedOutput first = await writer.PrepareAsync(1, default);
        await writer.CommitAsync(1, first.Handle, default);
        writer.Write(Chunk(Set("a", 1, 2), Set("b", 1, 1)));
        PreparedOutput second = await writer.PrepareAsync(2, default);
        Execute("DELETE FROM actorstreams_staged_forgot WHERE name = 'b'");
        Assert.Contains("has staged 2 rows",
            (await Assert.ThrowsAsync<SinkException>(async () => await writer.CommitAsync(2, second.Handle, default))).Message,
            StringComparison.Ordinal);
        await writer.DisposeAsync();
        Execute("UPDATE actorstreams_epochs SET epoch = 0");
        Assert.Contains("lost epochs",
            (await Assert.ThrowsAsync<SinkException>(
            async () => await sink.OpenAsync(Context(2, second.Handle, generation: 2), default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_was_rewound_writes_the_rows_again()
    {
        UpsertSink<Place, Stock> sink = Stocks("rewound");
        SinkWriter<Upsert<Place, Stock>> writer = await sink.OpenAsync(Context(0, null, generation: 1), default);
        var handles = new List<byte[]?>();
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            writer.Write(Chunk(Set("a", 1, epoch)));
            handles.Add((await writer.PrepareAsync(epoch, default)).Handle);
            await writer.CommitAsync(epoch, handles[^1], default);
        }

        await writer.DisposeAsync();
        await using SinkWriter<Upsert<Place, Stock>> again = await sink.OpenAsync(Context(1, handles[0], generation: 2), default);
        again.Write(Chunk(Set("a", 1, 20)));
        await again.CommitAsync(2, (await again.PrepareAsync(2, default)).Handle, default);
        Assert.Equal(["a|1|20"], Read("SELECT * FROM rewound"));
    }

    [Fact]
    public async Task What_is_wrong_with_the_table_or_a_row_is_told_with_its_place()
    {
        Execute("CREATE TABLE wrong (name text PRIMARY KEY, bin int, amount int CHECK (amount < 100)); CREATE TABLE strict (name varchar(3), bin int, amount int NOT NULL, PRIMARY KEY (name, bin))");
        Assert.Contains("no unique index",
            (await Assert.ThrowsAsync<SinkException>(async () => await Stocks("wrong").OpenAsync(Context(0, null, 1), default))).Message,
            StringComparison.Ordinal);
        Assert.Contains("no column 'count'", (await Assert.ThrowsAsync<SinkException>(async () =>
            await PostgreSqlSink.Upsert<Place, Stock>(_database, "wrong", t => t.Key("name", k => k.Name).Column("count", r => r.Amount))
                .OpenAsync(Context(0, null, 1), default))).Message, StringComparison.Ordinal);
        await using SinkWriter<Upsert<Place, Stock>> writer = await Stocks("strict").OpenAsync(Context(0, null, 1), default);
        RefusedRowException refused = Assert.Throws<RefusedRowException>(() => writer.Write(Chunk(Set("a", 1, 1), Set(null!, 1, 1))));
        Assert.Equal(1, refused.Row);
        Assert.Contains("'name'", refused.Message, StringComparison.Ordinal);
        writer.Write(Chunk(Set("much too long", 1, 1)));
        SinkException error = await Assert.ThrowsAsync<SinkException>(async () => await writer.PrepareAsync(1, default));
        Assert.All(["'shop'", "'out'", "'strict'", "staged"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("c4n4ry",
            Assert.ThrowsAny<ArgumentException>(
            () => PostgreSqlSink.Upsert<string, int>("Host=h;Password=x;c4n4ry", "t", t => t.Key("id", id => id))).ToString(),
            StringComparison.Ordinal);
        Assert.Throws<PipelineException>(() => PostgreSqlSink.Upsert<string, int>(_database, "t", t => t.Column("id", r => r)));
        Assert.Throws<PipelineException>(() => PostgreSqlSink.Upsert<Uri, int>(_database, "t", t => t.Key("id", id => id)));
    }

    [Fact]
    public async Task A_server_that_is_out_of_reach_is_told_without_the_password()
    {
        Sink<Upsert<string, int>> sink = PostgreSqlSink.Upsert<string, int>("Host=127.0.0.1;Port=1;Username=u;Password=c4n4ry;Database=d",
            "t", t => t.Key("id", id => id));
        SinkException error = await Assert.ThrowsAsync<SinkException>(async () => await sink.OpenAsync(Context(0, null, 1), default));
        Assert.DoesNotContain("c4n4ry", error + sink.Description, StringComparison.Ordinal);
    }

    private static Upsert<Place, Stock> Set(string name, int bin, long amount) =>
        Upsert<Place, Stock>.Put(new Place(name, bin), new Stock(amount));

    private static Upsert<Place, Stock> Gone(string name, int bin) => Upsert<Place, Stock>.Delete(new Place(name, bin));

    private static Chunk<Upsert<Place, Stock>> Chunk(params Upsert<Place, Stock>[] rows) => new(rows, new long[rows.Length]);

    private static SinkContext Context(long epoch, byte[]? handle, long generation) =>
        new("shop", "out", 0, epoch, handle, generation, TimeProvider.System) { Store = new MemoryStore() };

    /// <summary>Starting may break, too.</summary>
    private static async Task<Job> StartAsync(Pipeline pipeline, MemoryStore store, JobOptions options)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await Job.StartAsync(pipeline, store, options);
            }
            catch (Exception error) when (attempt < 50 && error is (JobException or SinkException))
            {
                await Task.Yield();
            }
        }
    }

    private static async Task RunAsync<TKey, T>(Sink<Upsert<TKey, T>> sink, IEnumerable<Upsert<TKey, T>> rows)
    {
        Pipeline pipeline = Pipeline.Create("shop");
        pipeline.Read("rows", Sources.Of(rows.ToArray())).Write("out", sink);
        await using Job job = await Job.StartAsync(pipeline, new MemoryStore(),
            new JobOptions { Parallelism = 1, Restart = RestartPolicy.None });
        await job.Completion.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private UpsertSink<Place, Stock> Stocks(string table) =>
        (UpsertSink<Place, Stock>)PostgreSqlSink.Upsert<Place, Stock>(_database, table,
            t => t.Key("name", k => k.Name).Key("bin", k => k.Bin).Column("amount", r => r.Amount));

    private void Execute(string sql) => PostgreSqlServer.Execute(_database, sql);

    private List<string> Read(string sql) => Read(_database, sql);

    private static List<string> Read(string database, string sql)
    {
        using NpgsqlConnection connection = new(
            new NpgsqlConnectionStringBuilder(database) { Pooling = false, Timezone = "UTC" }.ConnectionString);
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(field => Text(reader, field))));
        return rows;
    }

    private static string Text(NpgsqlDataReader reader, int field) => reader.IsDBNull(field) ? "null" : reader.GetValue(field) switch
    {
        bool flag => flag ? "t" : "f",
        byte[] bytes => $"\\x{Convert.ToHexStringLower(bytes)}",
        DateTime { Kind: DateTimeKind.Utc } time => time.ToString("yyyy-MM-dd HH:mm:ss+00", CultureInfo.InvariantCulture),
        DateTime day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    public sealed record Place(string Name, int Bin);

    public sealed record Stock(long Amount);

    public sealed record AllTypes(
        Guid Id, bool Flag, short Small, byte Tiny, decimal Money, float Real, double Double, string? Text, byte[] Bytes,
            DateTimeOffset At, DateOnly Day, DayOfWeek Kind, int? Maybe);

    /// <summary>Plays the job: epochs of random rows through prepare, the store's commit and commit. The first start breaks at its first
    /// step, the next at its second, and so on.</summary>
    private sealed class SinkRun(string database, string table, Action fail)
    {
        private readonly Random _random = new(7);
        private readonly SortedDictionary<string, string> _model = new(StringComparer.Ordinal);
        private readonly List<string> _brokenAt = [];
        private int _step;
        private int _breakAt = -1;
        private long _committed;
        private byte[]? _handle;
        private long _generation;

        /// <returns>The steps at which something broke.</returns>
        public async Task<List<string>> ToEndAsync()
        {
            var sink = (UpsertSink<Place, Stock>)PostgreSqlSink.Upsert<Place, Stock>(database, table,
                t => t.Key("name", k => k.Name).Key("bin", k => k.Bin).Column("amount", r => r.Amount));
            sink.BeforeStep = OnStep;
            (bool isDone, int broken) = (false, 0);
            while (!isDone)
            {
                (_step, broken) = (0, _brokenAt.Count);
                _breakAt++;
                SinkWriter<Upsert<Place, Stock>>? writer = null;
                try
                {
                    writer = await sink.OpenAsync(Context(_committed, _handle, ++_generation), default);
                    Check();
                    await EpochAsync(writer, rows: 6);
                    await EpochAsync(writer, rows: 0);
                    await EpochAsync(writer, rows: 6);
                    isDone = _brokenAt.Count == broken;
                }
                catch (Exception error) when (_brokenAt.Count > broken && error is (IOException or SinkException or NpgsqlException))
                {
                    Assert.InRange(_brokenAt.Count, 1, 100);
                }
                finally
                {
                    if (writer is not null)
                        await writer.DisposeAsync();
                }
            }

            return _brokenAt;
        }

        private async Task EpochAsync(SinkWriter<Upsert<Place, Stock>> writer, int rows)
        {
            var after = new SortedDictionary<string, string>(_model, StringComparer.Ordinal);
            for (int row = 0; row < rows; row++)
            {
                (string name, int bin, long amount) = ($"n{_random.Next(3)}", _random.Next(2), _random.Next(100));
                bool isDelete = _random.Next(3) == 0;
                if (_random.Next(15) == 0)
                {
                    writer.Write(Chunk(Upsert<Place, Stock>.Clear));
                    after.Clear();
                }

                writer.Write(Chunk(isDelete ? Gone(name, bin) : Set(name, bin, amount)));
                if (isDelete)
                    after.Remove($"{name}|{bin}");
                else
                    after[$"{name}|{bin}"] = $"{name}|{bin}|{amount}";
                if (row == rows / 2)
                    await writer.FlushAsync(default);
            }

            PreparedOutput output = await writer.PrepareAsync(_committed + 1, default);
            (_committed, _handle) = (_committed + 1, output.Handle);   // the store's commit
            _model.Clear();
            foreach ((string key, string row) in after)
                _model[key] = row;
            await writer.CommitAsync(_committed, _handle, default);
            Check();
        }

        private void Check() => Assert.Equal(_model.Values, Read(database, $"SELECT * FROM {table} ORDER BY name, bin"));

        private void OnStep(string step)
        {
            if (_step++ != _breakAt)
                return;
            _brokenAt.Add(step);
            fail();
        }
    }
}

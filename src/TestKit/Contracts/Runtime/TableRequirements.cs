using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>What every store promises about the tables of transactional sinks.</summary>
internal sealed class TableRequirements(StoreSite site, bool reopens) : StoreRequirements(site, reopens)
{
    private static readonly ColumnType[] s_types = [ColumnType.Int64, ColumnType.Double, ColumnType.Text, ColumnType.Boolean,
        ColumnType.Bytes, ColumnType.Timestamp];
    private static readonly TableSpec s_all = new("all_types",
        [.. s_types.Select(t => new TableColumn($"c_{t.ToString().ToLowerInvariant()}", t))], TableMode.Insert);
    private static readonly TableSpec s_totals = new("totals",
        [new("account", ColumnType.Text, IsKey: true), new("day", ColumnType.Int64, IsKey: true), new("total", ColumnType.Double)],
        TableMode.Upsert);

    [Requirement]
    public async Task Values_of_every_type_come_back_as_they_were()
    {
        DateTimeOffset time = new(1969, 12, 31, 23, 59, 59, 123, 456, TimeSpan.Zero);
        object?[][] rows =
        [
            [long.MinValue, double.NaN, "", true, Array.Empty<byte>(), time],
            [long.MaxValue, double.PositiveInfinity, "日本 🙂 'quoted' \"", false, new byte[] { 0, 255, 0 }, DateTimeOffset.UnixEpoch],
            [0L, double.NegativeInfinity, "NaN", true, new byte[100_000], new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero)],
            [-1L, 0.1, new string('x', 100_000), false, new byte[] { 1 }, new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero)],
            [null, null, null, null, null, null],
        ];
        await CommitAsync(Epoch(1).With(new Rows(s_all, rows)));

        Must.Equal(rows, await Site.ReadTableAsync("all_types", s_types));
    }

    [Requirement]
    public async Task Inserts_add_every_row_over_epochs_and_writes()
    {
        TableSpec log = new("log", [new("n", ColumnType.Int64)], TableMode.Insert);
        await CommitAsync(
            Epoch(1).With(new Rows(log, [.. Enumerable.Range(0, 10_000).Select(i => new object?[] { i })])),
            Epoch(2).With(new Rows(log), new Rows(log, [1], [1]), new Rows(log, [2])));

        IReadOnlyList<object?[]> rows = await Site.ReadTableAsync("log", ColumnType.Int64);
        Must.Equal(10_003, rows.Count);
        Must.Equal(Enumerable.Range(0, 10_000).Select(i => (long)i).Sum() + 4, rows.Sum(r => (long)r[0]!));
    }

    [Requirement]
    public async Task Upserts_keep_the_last_row_of_a_key()
    {
        await CommitAsync(
            Epoch(1).With(new Rows(s_totals, ["a", 1, 1.0], ["b", 1, 2.0], ["a", 1, 3.0]),
                new Rows(s_totals, ["a", 1, 4.0], ["a", 2, double.NaN])),
            Epoch(2).With(new Rows(s_totals, ["b", 1, null])));

        Must.Equal(["a 1 4", "a 2 NaN", "b 1 "], (await TotalsAsync()).Order(StringComparer.Ordinal));
    }

    [Requirement]
    public async Task Many_upserts_keep_the_last_row_of_each_key()
    {
        await CommitAsync(Epoch(1).With(new Rows(s_totals, [.. Enumerable.Range(0, 9_000)
            .Select(i => new object?[] { $"a{i % 700}", 1, (double)i })])));

        List<string> totals = await TotalsAsync();
        Must.Equal(700, totals.Count);
        Must.Equal(Enumerable.Range(8_300, 700).Select(i => $"a{i % 700} 1 {i}").Order(StringComparer.Ordinal),
            totals.Order(StringComparer.Ordinal));
    }

    [Requirement]
    public async Task Deletes_take_the_row_of_a_key_and_what_comes_later_counts()
    {
        await CommitAsync(
            Epoch(1).With(new Rows(s_totals, ["a", 1, 1.0], ["b", 1, 2.0], ["c", 1, 3.0])),
            Epoch(2).With(
                new RowsAndDeletes(s_totals, 1, ["a", 1, 5.0], ["a", 1, null], ["b", 1, 7.0], ["nobody", 1, null]),
                new RowsAndDeletes(s_totals, 2, ["b", 1, 8.0], ["d", 1, 4.0], ["c", 1, null])));
        Must.Equal(["b 1 8", "d 1 4"], (await TotalsAsync()).Order(StringComparer.Ordinal));
        await CommitAsync(Epoch(3).With(new RowsAndDeletes(s_totals, 9_000,
            [.. Enumerable.Range(0, 10_000).Select(i => new object?[] { $"m{i % 5_000}", 1, 1.0 })])));
        Must.Equal(4_002, (await TotalsAsync()).Count);
    }

    [Requirement]
    public async Task A_clear_takes_every_row_before_the_rows_of_its_own_write()
    {
        await CommitAsync(
            Epoch(1).With(new Rows(s_totals, ["a", 1, 1.0], ["b", 1, 2.0])),
            Epoch(2).With(new Rows(s_totals, ["c", 1, 3.0]),
                new AfterClear(new RowsAndDeletes(s_totals, 2, ["b", 1, 4.0], ["d", 1, 5.0], ["d", 1, null])),
                new Rows(s_totals, ["e", 1, 6.0])));
        Must.Equal(["b 1 4", "e 1 6"], (await TotalsAsync()).Order(StringComparer.Ordinal));
        await CommitAsync(Epoch(3).With(new AfterClear(new Rows(s_totals))));
        Must.Empty(await TotalsAsync());
        TableSpec log = new("log", [new("n", ColumnType.Int64)], TableMode.Insert);
        JobJournal journal = await JournalAsync();
        await Must.ThrowsAsync<InvalidOperationException>(async () =>
            await journal.CommitAsync(Epoch(4).With(new AfterClear(new Rows(log, [1])))));
    }

    [Requirement]
    public async Task A_delete_from_a_table_without_keys_is_refused()
    {
        JobJournal journal = await JournalAsync();
        TableSpec log = new("log", [new("n", ColumnType.Int64)], TableMode.Insert);
        await Must.ThrowsAsync<InvalidOperationException>(async () =>
            await journal.CommitAsync(Epoch(1).With(new RowsAndDeletes(log, 0, [1]))));
    }

    [Requirement]
    public async Task A_table_of_keys_alone_keeps_each_key_once()
    {
        TableSpec seen = new("seen", [new("id", ColumnType.Int64, IsKey: true)], TableMode.Upsert);
        await CommitAsync(Epoch(1).With(new Rows(seen, [1], [2], [1])), Epoch(2).With(new Rows(seen, [2], [3])));
        Must.Equal([1L, 2L, 3L], (await Site.ReadTableAsync("seen", ColumnType.Int64)).Select(r => (long)r[0]!).Order());
    }

    [Requirement]
    public async Task A_row_that_cannot_be_written_leaves_nothing_of_its_epoch()
    {
        await CommitAsync(Epoch(1).With(new Rows(s_totals, ["a", 1, 1.0])));
        JobJournal journal = await JournalAsync();
        foreach (TableWrite wrong in new TableWrite[]
        {
            new Rows(s_totals, ["a", 1, 2.0], [null, 1, 1.0]),
            new Rows(s_totals, ["a", 1, 2.0], ["b", "one", 1.0]),
            new Rows(s_totals, ["a", 1, 2.0], ["b\0", 1, 1.0]),
        })
        {
            await Must.ThrowsAsync<InvalidOperationException>(async () => await journal.CommitAsync(Epoch(2, Event(2, 0)).With(wrong)));
        }

        Must.Equal(1, (await journal.LastEpochAsync())!.Epoch);
        Must.Equal(["a 1 1"], await TotalsAsync());
        await journal.CommitAsync(Epoch(2, Event(2, 0)));
        Must.Equal("0:2", await journal.ReadAsTextAsync(2));
    }

    [Requirement]
    public async Task A_table_with_other_columns_is_refused_and_nothing_written()
    {
        await CommitAsync(Epoch(1).With(new Rows(s_totals, ["a", 1, 1.0])));
        JobJournal journal = await JournalAsync();
        TableSpec other = s_totals with { Columns = [.. s_totals.Columns, new("more", ColumnType.Int64)] };
        TableSpec fresh = new("fresh", [new("n", ColumnType.Int64)], TableMode.Insert);

        StoreException error = await Must.ThrowsAsync<StoreException>(async () =>
            await journal.CommitAsync(Epoch(2, Event(2, 0)).With(new Rows(fresh, [1]), new Rows(other, ["a", 1, 9.0, 1]))));

        Must.Contains("totals", error.Message);
        Must.Contains("more", error.Message);
        Must.False(error.IsTransient);
        Must.Equal(["a 1 1"], await TotalsAsync());
        await journal.CommitAsync(Epoch(2).With(new Rows(fresh, [2])));
        Must.Equal(2L, Must.Single(await Site.ReadTableAsync("fresh", ColumnType.Int64))[0]);
    }

    [Requirement("")]
    [Requirement("Upper")]
    [Requirement("1st")]
    [Requirement("a\"b")]
    [Requirement("a;b")]
    [Requirement("a b")]
    [Requirement("ä")]
    [Requirement("sqlite_master")]
    [Requirement("actorstreams_journal")]
    [Requirement("a123456789012345678901234567890123456789012345678")]
    public async Task A_name_that_is_no_identifier_is_refused(string name)
    {
        JobJournal journal = await JournalAsync();
        TableSpec table = new(name, [new("n", ColumnType.Int64)], TableMode.Insert);
        await Must.ThrowsAsync<StoreException>(async () => await journal.CommitAsync(Epoch(1).With(new Rows(table, [1]))));
        if (!name.Contains('_'))
            await Must.ThrowsAsync<StoreException>(async () =>
                await journal.CommitAsync(Epoch(1).With(new Rows(new TableSpec("t", [new(name, ColumnType.Int64)], TableMode.Insert),
                [1]))));
        Must.Null(await journal.LastEpochAsync());
    }

    [Requirement]
    public async Task Names_that_are_words_of_sql_are_names()
    {
        TableSpec table = new("select", [new("from", ColumnType.Int64, IsKey: true), new("order", ColumnType.Text),
            new("ord", ColumnType.Text)], TableMode.Upsert);
        await CommitAsync(Epoch(1).With(new Rows(table, [1, "a", "b"])));
        Must.Equal([1L, "a", "b"], Must.Single(await Site.ReadTableAsync("select", ColumnType.Int64, ColumnType.Text, ColumnType.Text)));
    }

    private async Task<List<string>> TotalsAsync() =>
        [.. (await Site.ReadTableAsync("totals", ColumnType.Text, ColumnType.Int64, ColumnType.Double))
            .Select(r => FormattableString.Invariant($"{r[0]} {r[1]} {r[2]}"))];
}

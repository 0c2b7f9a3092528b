using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Hostile;

/// <summary>Rows that a table cannot take are errors of those rows, found when they are written, not when their epoch commits.</summary>
public sealed class TableSinkSpec
{
    public sealed record Entry(string? Id, string Note, int Amount);

    private static readonly Entry s_good = new("a", "fine", 1);

    public static TheoryData<string, string, string, string?, string, int> BadRows => new()
    {
        { "id", "null", "key", null, "fine", 1 },
        { "id", "U+0000", "bytes", "a\0b", "fine", 1 },
        { "note", "U+0000", "bytes", "b", "\0", 1 },
        { "share", "DivideByZeroException", "share", "b", "fine", 0 },
    };

    private static Pipeline Build(IEnumerable<Entry> rows, Action<TableColumns<Entry>>? columns = null)
    {
        var pipeline = Pipeline.Create("tables");
        pipeline.Read("entries", Sources.Of([.. rows])).Write("totals-out",
            Sinks.Table("totals", columns
                ?? (t => t.Key("id", r => r.Id!).Column("note", r => r.Note).Column("share", r => 100 / r.Amount))));
        return pipeline;
    }

    [Theory]
    [MemberData(nameof(BadRows))]
    public async Task Under_fail_the_error_names_sink_table_column_and_row(string column, string reason, string remedy, string? id,
        string note, int amount)
    {
        var store = Store.InMemory();
        JobException error = await Build([s_good, new Entry(id, note, amount), s_good]).FailsAsync<JobException>(store);
        Assert.All((string[])["'tables'", "'totals-out'", "'totals'", $"column '{column}'", reason, remedy, "Row: Entry"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(BadRows))]
    public async Task Under_skip_the_row_becomes_a_dead_letter_and_all_others_are_written(string column, string reason, string remedy,
        string? id, string note, int amount)
    {
        var store = Store.InMemory();
        Assert.NotEmpty(remedy);
        Entry bad = new(id, note, amount);
        IEnumerable<Entry> rows = Enumerable.Range(0, 3_000).Select(n => n % 3 == 0 ? bad : new Entry($"k{n}", "fine", 1));
        await Build(rows).ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip, BatchRows = 64 });
        Assert.Equal(2_000, store.ReadTable("totals").Count);
        Assert.Equal(Enumerable.Range(0, 1_000).Select(n => n * 3L), store.ReadTable("dead_letters").Select(letter => (long)letter[5]!)
            .Order());
        object?[] letter = store.ReadTable("dead_letters")[0];
        Assert.Equal(("totals-out", "entries/0"), (letter[1], letter[4]));
        Assert.Contains($"column '{column}'", (string)letter[2]!, StringComparison.Ordinal);
        Assert.Contains(reason, (string)letter[2]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_values_in_several_columns_of_neighbouring_rows_cost_each_row_once()
    {
        Entry[] rows = [s_good, new("b", "\0", 1), new("c", "fine", 0), new(null, "\0", 0), new("d", "fine", 1), new("e", "fine", 0)];
        var store = Store.InMemory();
        await Build(rows).ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });
        Assert.Equal(["a", "d"], store.ReadTable("totals").Select(row => (string)row[0]!).Order());
        Assert.Equal([1L, 2L, 3L, 5L], store.ReadTable("dead_letters").Select(letter => (long)letter[5]!).Order());
    }

    [Fact]
    public async Task A_dead_letter_that_its_own_sink_refuses_fails_the_job()
    {
        Pipeline pipeline = Build([new("a", "\0", 1)]);
        pipeline.DeadLettersTo(
            Sinks.Table<DeadLetter>("letters", t => t.Column("offset_in_file", letter => 1 / (letter.Offset - letter.Offset))));
        JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory(), Runs.Quick with { Errors = ErrorPolicy.Skip });
        Assert.Contains("column 'offset_in_file'", error.Message, StringComparison.Ordinal);
    }
}

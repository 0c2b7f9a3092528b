using static ActorStreams.TestKit.Commits;

namespace ActorStreams.TestKit;

/// <summary>What every store promises about tables of which not all rows are kept.</summary>
internal sealed class TrimRequirements(StoreSite site, bool reopens) : StoreRequirements(site, reopens)
{
    private static readonly TableSpec s_notes = new("notes",
        [new("owner", ColumnType.Text), new("n", ColumnType.Int64), new("at", ColumnType.Timestamp)],
        TableMode.Insert)
    { ColumnsAdded = 1 };

    private static object?[] Note(string owner, int n, int minute) => [owner, (long)n, DateTimeOffset.UnixEpoch.AddMinutes(minute)];

    private static TableTrim KeepingOf(string owner, int? fromMinute = null, long? rows = null) =>
        new("owner", owner, "at", fromMinute is { } minute ? DateTimeOffset.UnixEpoch.AddMinutes(minute).ToMicros() : null, rows);

    [Requirement]
    public async Task Rows_that_are_no_longer_kept_go_by_age_and_by_number_and_only_those_of_the_owner()
    {
        await CommitAsync(
            Epoch(1).With(new Trimmed(new Rows(s_notes), KeepingOf("a", rows: 1))),
            Epoch(2).With(new Rows(s_notes, [.. Enumerable.Range(0, 10).SelectMany(n => new[] { Note("a", n, n), Note("b", n, n) })])),
            Epoch(3).With(new Trimmed(new Rows(s_notes, Note("a", 10, 10)), KeepingOf("a", fromMinute: 3))));
        Must.Equal([3, 4, 5, 6, 7, 8, 9, 10], await NotesOfAsync("a"));

        await CommitAsync(Epoch(4).With(new Trimmed(new Rows(s_notes), KeepingOf("a", fromMinute: 4, rows: 2))));
        Must.Equal([9, 10], await NotesOfAsync("a"));
        Must.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], await NotesOfAsync("b"));
    }

    [Requirement]
    public async Task A_table_that_an_earlier_version_made_gets_the_column_that_it_lacks()
    {
        if (!Site.IsDurable)
            return;   // what is in memory has no earlier version
        TableSpec before = s_notes with { Columns = [.. s_notes.Columns.Take(2)], ColumnsAdded = 0 };
        await CommitAsync(
            Epoch(1).With(new Rows(before, ["a", 1L], ["a", 2L])),
            Epoch(2).With(new Trimmed(new Rows(s_notes, Note("a", 3, 3)), KeepingOf("a", fromMinute: 5))));
        Must.Equal([1, 2], await NotesOfAsync("a"));

        await CommitAsync(Epoch(3).With(new Trimmed(new Rows(s_notes, Note("a", 4, 6)), KeepingOf("a", fromMinute: 5, rows: 2))));
        Must.Equal([2, 4], await NotesOfAsync("a"));
    }

    private async Task<List<long>> NotesOfAsync(string owner) =>
        [.. (await Site.ReadTableAsync("notes", ColumnType.Text, ColumnType.Int64, ColumnType.Timestamp))
            .Where(row => Equals(row[0], owner)).Select(row => (long)row[1]!).Order()];

    private sealed class Trimmed(TableWrite rows, TableTrim trim) : TableWrite(rows.Table)
    {
        public override int Count => rows.Count;

        public override TableTrim? Trim => trim;

        public override void Bind(int index, StoreRow row) => rows.Bind(index, row);
    }
}

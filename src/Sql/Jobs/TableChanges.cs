using ActorStreams.Sql.Errors;

namespace ActorStreams.Sql.Jobs;

/// <summary>Changes of a table by rows: all of them, or none.</summary>
internal static class TableChanges
{
    /// <returns>Completes when they are durable.</returns>
    /// <exception cref="SqlException">The table cannot take them.</exception>
    public static Task TellAsync(SqlObject table, IReadOnlyList<(object?[] Row, int Weight)> changes)
    {
        if (table.Table.IsAppendOnly && changes.Any(static one => one.Weight < 0))
        {
            throw new SqlException(SqlErrorCategory.AppendOnly, SqlState.WrongObjectType,
                $"The table \"{table.Name}\" is append-only: its rows are neither changed nor deleted.");
        }

        (object Row, int Weight)[] rows = [.. changes.Select(one => (table.Feed!.RowOf(one.Row), one.Weight))];
        table.Keys?.Apply(changes);
        return table.Feed!.TellAsync(rows);
    }
}

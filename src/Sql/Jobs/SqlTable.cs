using ActorStreams.Sql.Jobs;

namespace ActorStreams;

/// <summary>A table whose rows come from statements, to be changed by rows instead: as an ingress is, for programs that have
/// rows.</summary>
/// <remarks>What is handed over is in the next epoch, in the order in which it was handed over; the task of each call completes when it is
/// durable. <see cref="SqlJob.CommitAsync"/> lets that be at once. Values are those of <see cref="SqlRow"/>, in the order of the columns,
/// or texts as PostgreSQL reads them.</remarks>
public sealed class SqlTable
{
    private readonly SqlObject _table;

    internal SqlTable(SqlObject table) => _table = table;

    /// <summary>Adds rows.</summary>
    /// <param name="rows">The values of each.</param>
    /// <exception cref="SqlException">A value is not of its column's type, or a row breaks a rule of the table; no row is added
    /// then.</exception>
    public Task InsertAsync(params IReadOnlyList<IReadOnlyList<object?>> rows) => TellAsync(rows.Select(static row => (row, 1)));

    /// <summary>Takes rows away: of equal ones one for each that is given.</summary>
    /// <param name="rows">The values of each.</param>
    /// <exception cref="SqlException">The table is append-only, or a value is not of its column's type.</exception>
    public Task DeleteAsync(params IReadOnlyList<IReadOnlyList<object?>> rows) => TellAsync(rows.Select(static row => (row, -1)));

    /// <summary>Puts a row into the place of another.</summary>
    /// <param name="old">The values of the row that goes.</param>
    /// <param name="row">The values of the row that comes.</param>
    /// <exception cref="SqlException">The table is append-only, a value is not of its column's type, or a row breaks a rule of the
    /// table.</exception>
    public Task UpdateAsync(IReadOnlyList<object?> old, IReadOnlyList<object?> row) => TellAsync([(old, -1), (row, 1)]);

    /// <summary>Says that no row with a smaller event time will come: windows up to it are complete.</summary>
    /// <param name="watermark">The time; it never goes back.</param>
    public Task AdvanceWatermarkAsync(DateTimeOffset watermark) => _table.Feed!.AdvanceAsync(watermark.ToMicros());

    /// <summary>Says that all rows have come that ever will: all windows are complete. Rows that come all the same are late.</summary>
    public Task EndAsync() => _table.Feed!.AdvanceAsync(EventTime.MaxValue);

    private Task TellAsync(IEnumerable<(IReadOnlyList<object?> Row, int Weight)> changes) =>
        TableChanges.TellAsync(_table, [.. changes.Select(change => (GivenValues.Of(change.Row, _table.Table), change.Weight))]);
}

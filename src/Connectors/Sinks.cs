using ActorStreams.Connectors.Callbacks;
using ActorStreams.Connectors.Tables;
using ActorStreams.Core.Records;

namespace ActorStreams;

/// <summary>Sinks that need no file: the console, the user's own code, tables of the store.</summary>
public static class Sinks
{
    /// <summary>Writes every row as a line to the standard output. At least once: rows of an epoch that did not commit are printed
    /// again.</summary>
    /// <param name="format">The line of a row; default: its <see cref="object.ToString"/>.</param>
    public static Sink<T> Console<T>(Func<T, string>? format = null) =>
        new TextSink<T>("console", System.Console.Out, format ?? (row => row is null ? "" : RowText.Of(row)));

    /// <summary>Calls a function for every row. At least once: after a crash it sees the rows of the epoch that did not commit
    /// again.</summary>
    /// <param name="action">What to do; called on the sink's actor, so it must not wait for long. What it throws fails the job.</param>
    /// <param name="maxParallelism">How many actors may call it at the same time. Default: 1, so that it needs no lock.</param>
    public static Sink<T> ForEach<T>(Action<T> action, int maxParallelism = 1) => new CallbackSink<T>(action, maxParallelism);

    /// <summary>Awaits a function for every batch of rows: for databases and services. At least once, as
    /// <see cref="ForEach{T}"/>.</summary>
    /// <param name="action">What to do; the list is its own to keep. It is awaited before more rows are taken: the back-pressure. What it
    /// throws fails the job.</param>
    /// <param name="batchRows">Rows in a batch at most; the last of an epoch may have fewer. Default: 1,024.</param>
    /// <param name="maxParallelism">How many actors may call it at the same time. Default: 1.</param>
    public static Sink<T> ForEachBatch<T>(Func<IReadOnlyList<T>, CancellationToken, ValueTask> action, int batchRows = 1024,
        int maxParallelism = 1) =>
        new BatchCallbackSink<T>(action, batchRows, maxParallelism);

    /// <summary>Keeps a table of the job's store in step with rows that replace and delete others by key, inside the transaction of their
    /// epoch: exactly once.</summary>
    /// <param name="name">The table: lower-case letters, digits and underscores, at most 48. The store creates it if it is not
    /// there.</param>
    /// <param name="columns">Names the columns, such as <c>t => t.Key("id", key => key).Column("total", row => row.Total)</c>; at least one
    /// <c>Key</c>, which is taken from the key.</param>
    /// <param name="maxRowsPerEpoch">The values of one epoch wait in memory for its transaction; more rows than this fail the job. Per
    /// writer; default: 1,000,000.</param>
    /// <remarks>For captured tables, <c>table.Write(…)</c>, <c>changes.ToUpsert(…).Write(…)</c>, and plain rows that only replace:
    /// <c>rows.KeyBy(…).Write(…)</c>. A clear deletes all rows of the table, whoever wrote them.</remarks>
    /// <exception cref="PipelineException">A name is not allowed, a type has no column type, or there is no key.</exception>
    public static Sink<Upsert<TKey, T>> UpsertTable<TKey,
        T>(string name, Action<UpsertTableColumns<TKey, T>> columns, int maxRowsPerEpoch = 1_000_000)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var given = new UpsertTableColumns<TKey, T>(name);
        columns(given);
        return new UpsertTableSink<TKey, T>(new TableSink<Upsert<TKey, T>>(given.Columns, TableMode.Upsert, maxRowsPerEpoch));
    }

    /// <summary>Writes every row to a table of the job's store, inside the transaction of its epoch: exactly once.</summary>
    /// <param name="name">The table: lower-case letters, digits and underscores, at most 48. The store creates it if it is not
    /// there.</param>
    /// <param name="columns">Names the columns, such as <c>t => t.Key("network", r => r.Key).Column("count", r =>
    /// r.Result.Count)</c>.</param>
    /// <param name="mode">Whether a row is added, or replaces the one with the same key. Default: upsert if there are keys, insert
    /// otherwise.</param>
    /// <param name="maxRowsPerEpoch">
    /// The values of one epoch wait in memory for its transaction; more rows than this fail the job with a remedy. Per writer; default:
    /// 1,000,000.
    /// </param>
    /// <exception cref="PipelineException">A name is not allowed, a type has no column type, or mode and keys do not agree.</exception>
    public static Sink<T> Table<T>(string name, Action<TableColumns<T>> columns, TableMode? mode = null, int maxRowsPerEpoch = 1_000_000)
    {
        var given = new TableColumns<T>(name);
        columns(given);
        return new TableSink<T>(given, mode, maxRowsPerEpoch);
    }
}

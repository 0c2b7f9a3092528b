using ActorStreams.Connectors.PostgreSql.Capture.Runtime;

namespace ActorStreams;

/// <summary>Tables of a PostgreSQL database as streams of their changes (change data capture by logical replication, output plugin
/// <c>pgoutput</c>).</summary>
/// <remarks>
/// First all rows, as of one moment, then every committed change since, in the order of commits; replayable, so exactly once. The event
/// time of a change is when its transaction was committed, and a transaction becomes visible in one epoch. The slot is confirmed only after
/// the epoch that holds the change is committed. Needs PostgreSQL 14 or later with <c>wal_level = logical</c>, a user with the right to
/// replicate and to read the table, and a primary key.
/// </remarks>
/// <seealso href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html">The messages that are read.</seealso>
public static class PostgreSqlTable
{
    /// <summary>What happens to each key of a table, to be folded by <c>ToTable</c>. Works with every replica identity that has a
    /// key.</summary>
    /// <param name="connectionString">Leads to the database, as Npgsql takes it.</param>
    /// <param name="table">The table, with its schema unless that is <c>public</c>.</param>
    /// <param name="options">Slot, publication and start; null: the defaults.</param>
    /// <returns>One upsert for each row inserted or updated, one delete for each deleted, two for an update that changes the key, one clear
    /// for a truncate.</returns>
    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    /// <typeparam name="TKey">The type of the only key column, or one whose constructor parameters are named as the key columns
    /// are.</typeparam>
    /// <typeparam name="T">A type whose constructor parameters or settable properties are named as columns are, whatever the case and the
    /// underscores.</typeparam>
    public static Source<Upsert<TKey, T>> Upserts<TKey, T>(string connectionString, string table, CaptureOptions? options = null) =>
        new CaptureSource<Upsert<TKey, T>>(connectionString, table, options,
            static settings => new UpsertEmitter<TKey, T>(settings, new BoundKey<TKey>(), new BoundRow<T>()));

    /// <summary>The same, with functions that make the key and the row.</summary>
    /// <inheritdoc cref="Upserts{TKey, T}(string, string, CaptureOptions?)"/>
    /// <param name="connectionString">Leads to the database, as Npgsql takes it.</param>
    /// <param name="table">The table, with its schema unless that is <c>public</c>.</param>
    /// <param name="keyOf">The key; it must read key columns only, because a deleted row has no others.</param>
    /// <param name="rowOf">The row.</param>
    /// <param name="options">Slot, publication and start; null: the defaults.</param>
    public static Source<Upsert<TKey, T>> Upserts<TKey, T>(
        string connectionString, string table, Func<CapturedRow, TKey> keyOf, Func<CapturedRow, T> rowOf, CaptureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(keyOf);
        ArgumentNullException.ThrowIfNull(rowOf);
        return new CaptureSource<Upsert<TKey, T>>(
            connectionString, table, options,
                settings => new UpsertEmitter<TKey, T>(settings, new RowFunction<TKey>(keyOf), new RowFunction<T>(rowOf)));
    }

    /// <summary>Rows that come with +1 and rows that go with -1; an update is both. The table must have <c>REPLICA IDENTITY FULL</c>,
    /// because only then the server tells what went.</summary>
    /// <param name="connectionString">Leads to the database, as Npgsql takes it.</param>
    /// <param name="table">The table, with its schema unless that is <c>public</c>.</param>
    /// <param name="options">Slot, publication and start; null: the defaults.</param>
    /// <remarks>A TRUNCATE does not tell which rows went: the job fails, unless <see cref="CaptureOptions.IgnoreTruncate"/>. <c>Upserts</c>
    /// can take it.</remarks>
    /// <typeparam name="T">A type whose constructor parameters or settable properties are named as columns are, whatever the case and the
    /// underscores.</typeparam>
    /// <exception cref="ArgumentException">The connection string cannot be read, or the options want a snapshot where the table is
    /// replaced.</exception>
    public static Source<Change<T>> Changes<T>(string connectionString, string table, CaptureOptions? options = null) =>
        new CaptureSource<Change<T>>(connectionString, table, CheckChanges(options), static settings =>
            new ChangeEmitter<T>(settings, new BoundRow<T>()));

    /// <summary>The same, with a function that makes the row.</summary>
    /// <inheritdoc cref="Changes{T}(string, string, CaptureOptions?)"/>
    /// <param name="connectionString">Leads to the database, as Npgsql takes it.</param>
    /// <param name="table">The table, with its schema unless that is <c>public</c>.</param>
    /// <param name="rowOf">The row. Called for a row that goes as for one that comes: it must give the same.</param>
    /// <param name="options">Slot, publication and start; null: the defaults.</param>
    public static Source<Change<T>> Changes<T>(string connectionString, string table, Func<CapturedRow, T> rowOf,
        CaptureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rowOf);
        return new CaptureSource<Change<T>>(connectionString, table, CheckChanges(options), settings =>
            new ChangeEmitter<T>(settings, new RowFunction<T>(rowOf)));
    }

    private static CaptureOptions? CheckChanges(CaptureOptions? options) =>
        options is not { WhenReplaced: TableReplaced.Snapshot } ? options : throw new ArgumentException(
        $"{nameof(CaptureOptions)}.{nameof(CaptureOptions.WhenReplaced)} is {nameof(TableReplaced.Snapshot)}, but a stream of changes " +
            $"does not know which rows went with the old table. Read it with {nameof(Upserts)}.", nameof(options));
}

using ActorStreams.Connectors.PostgreSql.Upserts.Runtime;
using ActorStreams.Persistence.PostgreSql;
using Npgsql;

namespace ActorStreams;

/// <summary>Tables of any PostgreSQL database as sinks. (Tables of the job's own store: <c>Sinks.Table</c> and
/// <c>Sinks.UpsertTable</c>.)</summary>
public static class PostgreSqlSink
{
    /// <summary>Keeps a table in step with rows that replace and delete others by key, exactly once: readers see committed epochs, whole,
    /// and nothing else.</summary>
    /// <param name="connectionString">Leads to the database, as Npgsql takes it.</param>
    /// <param name="table">The table, with its schema unless that is <c>public</c>. It is created if it is not there.</param>
    /// <param name="columns">Names the columns, such as <c>t => t.Key("id", key => key).Column("total", row => row.Total)</c>; at least one
    /// key, which is taken from the key. The table needs a unique index on exactly the keys.</param>
    /// <param name="options">How many writers, how long to try again; null: the defaults.</param>
    /// <remarks>
    /// <para>Two-phase. While an epoch goes on its rows are copied into a table beside the target, <c>actorstreams_staged_…</c>; at the
    /// barrier they are committed there. Once the store has committed the epoch, one transaction of the database deletes and upserts the
    /// rows that the epoch left of each key, and notes the epoch in <c>actorstreams_epochs</c>. A crash in between is answered at the next
    /// start by the same transaction; a second time it finds its epoch noted, and does nothing. Needs no prepared transactions, and nothing
    /// is locked between the phases.</para>
    /// <para>An earlier run that is not quite dead, or a job with an emptied store, is refused by the run number in
    /// <c>actorstreams_epochs</c>.</para>
    /// <para>For captured tables, <c>table.Write(…)</c>, <c>changes.ToUpsert(…).Write(…)</c>, and plain rows that only replace:
    /// <c>rows.KeyBy(…).Write(…)</c>. A clear deletes all rows of the table, whoever wrote them; it needs a single writer.</para>
    /// <para>Types and NOT NULL are checked when rows are staged. What else the target demands (CHECK, foreign keys, other unique indexes)
    /// is met after the epoch is committed: a row against it fails the job, and every restart, until the cause is gone. Keep such demands
    /// for the pipeline.</para>
    /// </remarks>
    /// <exception cref="PipelineException">A name is empty or taken, a type has no column type, or there is no key.</exception>
    /// <exception cref="ArgumentException">The connection string is not one.</exception>
    public static Sink<Upsert<TKey, T>> Upsert<TKey, T>(
        string connectionString, string table, Action<PostgreSqlColumns<TKey, T>> columns, PostgreSqlSinkOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(columns);
        options ??= new PostgreSqlSinkOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Writers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.SilentWriterTimeout, TimeSpan.FromMilliseconds(1), nameof(options));
        NpgsqlConnectionStringBuilder connection = ConnectionText.Parse(connectionString);
        var given = new PostgreSqlColumns<TKey, T>(table);
        columns(given);
        return new UpsertSink<TKey, T>(connection, new TargetTable(table, given.Checked()), given.Bindings, options);
    }
}

/// <summary>How a PostgreSQL table is written.</summary>
public sealed record PostgreSqlSinkOptions
{
    /// <summary>Writers that work at once, at most. With more than one, an epoch becomes visible writer by writer, and each key must always
    /// reach the same writer: write what is keyed by the table's key. Default: 1.</summary>
    public int Writers { get; init; } = 1;

    /// <summary>How long a commit is tried again, by the job's clock, while the database is out of reach; then the job fails (and goes on
    /// from its last epoch when it is started again). Default: 1 minute.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how long the server ends a commit whose client fell silent, so that its locks hold up neither its repetition nor a
    /// later run. Default: 10 seconds.</summary>
    public TimeSpan SilentWriterTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new PostgreSqlSinkOptions());
}

using ActorStreams.Persistence.Shared;
using SQLitePCL;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>One native connection with its prepared statements; used by one thread at a time.</summary>
/// <remarks>
/// Speaks to SQLite's C interface through the layer below Microsoft.Data.Sqlite: values and blobs are bound from spans, without an object
/// per value, and the code of an error is never lost.
/// </remarks>
internal sealed class SqliteDatabase : IDisposable
{
    public const int PageBytes = 16 * 1024;
    private readonly sqlite3 _handle;
    private readonly int _busyMilliseconds;
    private readonly Dictionary<string, SqliteStatement> _statements = [];

    static SqliteDatabase() => Batteries_V2.Init();

    /// <summary>Opens the file; <paramref name="create"/> makes one if there is none.</summary>
    public SqliteDatabase(string path, bool create, TimeSpan busyTimeout)
    {
        Path = path;
        int flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (create ? raw.SQLITE_OPEN_CREATE : 0);
        int code = raw.sqlite3_open_v2(path, out _handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            string message = raw.sqlite3_errstr(code).utf8_to_string();
            _handle?.Dispose();
            throw SqliteErrors.Of(path, code, message);
        }

        raw.sqlite3_extended_result_codes(_handle, 1);
        _busyMilliseconds = (int)Math.Clamp(busyTimeout.TotalMilliseconds, 0, int.MaxValue);
        raw.sqlite3_busy_timeout(_handle, _busyMilliseconds);
    }

    public string Path { get; }

    /// <summary>Told every statement before it runs; null outside of tests.</summary>
    public IStoreFaults? Faults { get; set; }

    /// <summary>The size of the write-ahead log; 0 if there is none.</summary>
    public long LogBytes => new FileInfo(Path + "-wal") is { Exists: true } log ? log.Length : 0;

    /// <summary>What must still be where the file was opened when a transaction is committed; null for a connection that only
    /// reads.</summary>
    public SqliteFiles? Files { get; set; }

    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Whether the rows that describe topics are known to have checksums.</summary>
    public bool HasTopicChecks { get; set; }

    /// <summary>Tables known to have the columns their sink writes; forgotten with a transaction that created one.</summary>
    public Dictionary<string, string> KnownTables { get; } = [];

    /// <summary>The prepared statement of a text that is run again and again.</summary>
    public SqliteStatement Statement(string sql)
    {
        if (!_statements.TryGetValue(sql, out SqliteStatement? statement))
            _statements.Add(sql, statement = Prepare(sql));
        return statement;
    }

    /// <summary>Runs a statement without values to its end, ignoring rows.</summary>
    public void Execute(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        while (statement.Step())
        {
        }
    }

    /// <summary>The first column of the first row as a number, or null.</summary>
    public long? Number(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        return statement.Step() && !statement.IsNull(0) ? statement.Int64(0) : null;
    }

    public void Begin() => Statement("BEGIN IMMEDIATE").Run();

    public void Commit()
    {
        Statement("COMMIT").Run();
        Files?.Check();
        Faults?.Reach("after COMMIT");
    }

    /// <summary>Ends whatever transaction is open, after an error that is already on its way; false if that failed, and the connection must
    /// be given up.</summary>
    public bool TryRollback()
    {
        KnownTables.Clear();
        foreach (SqliteStatement statement in _statements.Values)
            statement.Reset();
        if (InTransaction)
            _ = raw.sqlite3_exec(_handle, "ROLLBACK");
        return !InTransaction;
    }

    /// <summary>Copies the write-ahead log into the file as far as readers allow, without stopping writers.</summary>
    /// <returns>True if all of it was copied.</returns>
    public bool Checkpoint()
    {
        Number("SELECT count(*) FROM sqlite_schema");   // a connection that has read nothing yet does not know that there is a log
        int code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out int logFrames, out int copiedFrames);
        return code == raw.SQLITE_OK && logFrames == copiedFrames;
    }

    /// <summary>Copies all of the write-ahead log and cuts it to nothing; does as much of it as readers allow, without waiting for
    /// them.</summary>
    public void EmptyLog()
    {
        raw.sqlite3_busy_timeout(_handle, 0);
        raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);
        raw.sqlite3_busy_timeout(_handle, _busyMilliseconds);
    }

    public StoreException Error(int code) => SqliteErrors.Of(Path, code, raw.sqlite3_errmsg(_handle).utf8_to_string());

    public void Dispose()
    {
        foreach (SqliteStatement statement in _statements.Values)
            statement.Dispose();
        _handle.Dispose();
    }

    private SqliteStatement Prepare(string sql)
    {
        int code = raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement);
        return code == raw.SQLITE_OK ? new SqliteStatement(this, statement, sql) : throw Error(code);
    }
}

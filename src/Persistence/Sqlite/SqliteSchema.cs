using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>The tables of a store, and how a connection is set up to write them.</summary>
/// <remarks>
/// Journal rows are appended in the order of their epochs and found through one covering index that is in the order of epochs too: an epoch
/// of 128 shards dirties the last pages of both trees, not one page for each shard, which keeps the write-ahead log small. The price is a
/// scan of the index (about 20 bytes a blob) when shards are restored.
/// </remarks>
internal static class SqliteSchema
{
    private static readonly string[] s_create =
    [
        "CREATE TABLE actorstreams_meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE actorstreams_jobs(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL, last_epoch INTEGER NOT NULL)",
        "CREATE TABLE actorstreams_operators(job INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(job, name)) WITHOUT ROWID",
        """
        CREATE TABLE actorstreams_epochs(job INTEGER NOT NULL, epoch INTEGER NOT NULL, generation INTEGER NOT NULL, committed_at INTEGER NOT NULL,
            content_hash BLOB NOT NULL, crc INTEGER NOT NULL, manifest BLOB NOT NULL, PRIMARY KEY(job, epoch)) WITHOUT ROWID
        """,
        """
        CREATE TABLE actorstreams_journal(id INTEGER PRIMARY KEY, job INTEGER NOT NULL, operator INTEGER NOT NULL, shard INTEGER NOT NULL,
            epoch INTEGER NOT NULL, part INTEGER NOT NULL, is_snapshot INTEGER NOT NULL, crc INTEGER NOT NULL, payload BLOB NOT NULL)
        """,
        "CREATE UNIQUE INDEX actorstreams_journal_order ON actorstreams_journal(job, operator, epoch, shard, part, is_snapshot)",
        "CREATE INDEX actorstreams_journal_snapshots ON actorstreams_journal(job, operator, shard, epoch) WHERE is_snapshot = 1 AND part = 0",
        $"INSERT INTO actorstreams_meta VALUES('format', {CommitRules.Format})",
    ];

    private const int MaxAttempts = 100;

    /// <summary>Opens the one connection that writes, creating the file and its tables where they are missing.</summary>
    public static SqliteDatabase OpenWriter(string path, SqliteOptions options, IStoreFaults? faults, SqliteFiles files)
    {
        files.CheckBeforeReopening();
        SqliteDatabase database = new(path, create: true, options.BusyTimeout);
        try
        {
            database.Faults = faults;
            database.Execute($"PRAGMA page_size = {SqliteDatabase.PageBytes}");
            UseLog(database);
            database.Execute("PRAGMA wal_autocheckpoint = 0");   // the checkpoint thread does it: a commit never waits for one
            database.Execute($"PRAGMA journal_size_limit = {options.CheckpointBytes}");   // when the log starts anew
            database.Execute("PRAGMA cache_size = -32768");
            SetSynchronous(database, options.Synchronous);
            if (options.MaxPages > 0)
                database.Execute($"PRAGMA max_page_count = {options.MaxPages}");
            SqliteInspection.Check(database);
            Ensure(database);
            files.Opened();
            database.Files = files;
            return database;
        }
        catch
        {
            database.TryRollback();
            database.Dispose();
            throw;
        }
    }

    /// <summary>Has the file keep a write-ahead log.</summary>
    /// <remarks>
    /// Two that open a new file at once would wait for each other, so SQLite refuses one of them without waiting at all; a transaction
    /// waits as long as the options say, and after it the other is done.
    /// </remarks>
    private static void UseLog(SqliteDatabase database)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                database.Execute("PRAGMA journal_mode = WAL");
                return;
            }
            catch (StoreException busy) when (busy.IsTransient && attempt < MaxAttempts)
            {
                database.Begin();
                database.TryRollback();
            }
        }
    }

    public static SqliteDatabase OpenReader(string path, SqliteOptions options)
    {
        SqliteDatabase database = new(path, create: false, options.BusyTimeout);
        try
        {
            database.Execute("PRAGMA query_only = 1");
            database.Execute("PRAGMA cache_size = -4096");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static void SetSynchronous(SqliteDatabase database, SqliteSynchronous synchronous) =>
        database.Execute(synchronous == SqliteSynchronous.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");

    /// <summary>Whether the file holds a store this version can read; false for an SQLite file without one.</summary>
    /// <exception cref="StoreException">A newer version wrote it.</exception>
    public static bool IsThere(SqliteDatabase database)
    {
        if (database.Number("SELECT count(*) FROM sqlite_schema WHERE name = 'actorstreams_meta'") == 0)
            return false;
        return Format(database) <= CommitRules.Format ? true
            : throw CommitRules.NewerFormat($"SQLite store '{database.Path}'", Format(database));
    }

    private static long Format(SqliteDatabase database) =>
        database.Number("SELECT value FROM actorstreams_meta WHERE key = 'format'") is { } format and > 0
        ? format
        : throw new StoreException(
            $"SQLite store '{database.Path}' does not tell its format: the file is damaged. Restore it from a backup.");

    private static void Ensure(SqliteDatabase database)
    {
        if (IsThere(database) && Format(database) == CommitRules.Format)
            return;
        database.Begin();   // another process may be creating it: look again under the lock
        if (!IsThere(database))
        {
            foreach (string sql in s_create)
                database.Execute(sql);
        }
        else if (Format(database) < CommitRules.Format)
        {
            SqliteTopicChecks.AddTo(database);
            database.Execute($"UPDATE actorstreams_meta SET value = {CommitRules.Format} WHERE key = 'format'");
        }

        database.Commit();
    }
}

using System.Collections.Concurrent;
using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>One SQLite file in write-ahead mode: one thread writes, one copies the log between epochs, readers read beside them.</summary>
internal sealed class SqliteStore : Store
{
    private readonly ConcurrentBag<SqliteDatabase> _readers = [];
    private readonly string _path;
    private readonly SqliteFiles _files;
    private volatile bool _isDisposed;

    public SqliteStore(string path, SqliteOptions options, IStoreFaults? faults = null)
    {
        _path = Path.GetFullPath(path);
        Options = options;
        _files = new SqliteFiles(_path);
        Writer = new SqliteWriter(() => SqliteSchema.OpenWriter(_path, options, faults, _files), database => Checkpointer!.Bound(database));
        TopicLog = new SqliteTopicLog(this);
        Checkpointer = new SqliteCheckpointer(() => new SqliteDatabase(_path, create: false, options.BusyTimeout), options.CheckpointBytes,
            Writer.WhenIdle);
    }

    public SqliteOptions Options { get; }

    public SqliteTopicLog TopicLog { get; }

    public override TopicLog Topics => TopicLog;

    /// <summary>Whether the file is there.</summary>
    public bool IsThere => File.Exists(_path);

    public SqliteWriter Writer { get; }

    public SqliteCheckpointer Checkpointer { get; }

    public override string Description => $"SQLite store '{_path}'";

    public override string Durability => Options.Synchronous == SqliteSynchronous.Full
        ? "Survives the end of the process and a power cut; the file lives on one disk."
        : "Survives the end of the process; a power cut can take the newest epochs.";

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(job);
        cancellation.ThrowIfCancellationRequested();
        return await Writer.RunAsync(database => SqliteJournal.Open(this, database, job));
    }

    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!IsThere)
            return new((JobReader?)null);
        long? id = Read(database =>
        {
            if (!SqliteSchema.IsThere(database))
                return (long?)null;
            SqliteStatement select = database.Statement("SELECT id FROM actorstreams_jobs WHERE name = ?1").Bind(1, job);
            long? found = select.Step() ? select.Int64(0) : null;
            select.Reset();
            return found;
        });
        return new(id is { } known ? new SqliteReader(new SqliteReading(this, job, known)) : null);
    }

    /// <summary>Runs one read on the caller's thread.</summary>
    public T Read<T>(Func<SqliteDatabase, T> read)
    {
        SqliteDatabase database = Rent();
        try
        {
            return read(database);
        }
        finally
        {
            Return(database);
        }
    }

    public SqliteDatabase Rent()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _readers.TryTake(out SqliteDatabase? database) ? database : SqliteSchema.OpenReader(_path, Options);
    }

    public void Return(SqliteDatabase database)
    {
        if (!database.TryRollback() || _isDisposed)
            database.Dispose();
        else
            _readers.Add(database);
    }

    public override async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await Checkpointer.CloseAsync();
        while (_readers.TryTake(out SqliteDatabase? database))
            database.Dispose();
        await Writer.CloseAsync();   // last: closing copies what is left of the log
        await base.DisposeAsync();
    }
}

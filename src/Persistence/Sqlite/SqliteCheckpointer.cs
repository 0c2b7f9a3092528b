namespace ActorStreams.Persistence.Sqlite;

/// <summary>Copies the write-ahead log into the database file from a thread and a connection of its own, so that commits go on
/// meanwhile.</summary>
/// <remarks>
/// Each pass copies what was committed during the one before, so passes get shorter. When all is copied the next commit starts the log
/// anew. If commits follow each other too closely for that, the writer is asked to copy the little that is left between two of them. Where
/// the disk is too slow even so, the writer copies all of the log itself before it goes on (<see cref="Bound"/>): commits wait for the
/// disk, the log does not grow without end.
/// </remarks>
internal sealed class SqliteCheckpointer(Func<SqliteDatabase> open, long checkpointBytes, Action<ISqliteIdleWork> whenIdle)
    : ISqliteIdleWork
{
    /// <summary>How many times the bytes of a checkpoint the log may hold before a commit waits.</summary>
    public const int LogLimit = 4;

    private const int MaxPasses = 3;
    private readonly object _gate = new();
    private readonly Lock _pass = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private long _pendingBytes;
    private bool _isClosing;

    /// <summary>Takes note of bytes written to the log.</summary>
    public void Written(long sizeBytes)
    {
        lock (_gate)
        {
            _pendingBytes += sizeBytes;
            if (_pendingBytes < checkpointBytes || _isClosing)
                return;
            if (_thread is null)
            {
                _thread = new Thread(Loop) { IsBackground = true, Name = "ActorStreams SQLite checkpoint" };
                _thread.Start();
            }

            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Empties a log that has grown too long, on the writer's thread, between two transactions. A reader of an older state keeps
    /// it as long as it is.</summary>
    public void Bound(SqliteDatabase writer)
    {
        if (writer.LogBytes < LogLimit * checkpointBytes)
            return;
        lock (_pass)
            writer.EmptyLog();
    }

    /// <summary>Stops after the pass under way. The last connection to close copies the rest.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
            if (_thread is null)
                _stopped.TrySetResult();
            Monitor.Pulse(_gate);
        }

        return _stopped.Task;
    }

    /// <summary>The last, short pass, on the writer's own thread.</summary>
    bool ISqliteIdleWork.Step(SqliteDatabase database)
    {
        Pass(database);
        return false;
    }

    private bool Pass(SqliteDatabase database)
    {
        lock (_pass)
            return database.Checkpoint();
    }

    private void Loop()
    {
        SqliteDatabase? database = null;
        while (Next())
        {
            try
            {
                database ??= open();
                int pass = 0;
                while (pass < MaxPasses && !Pass(database) && !Volatile.Read(ref _isClosing))
                    pass++;
                if (pass == MaxPasses)
                    whenIdle(this);
            }
            catch (StoreException)
            {
                // the log grows until the next attempt, or until the writer empties it; a disk that is really broken fails the next commit
            }
        }

        database?.Dispose();
        _stopped.TrySetResult();
    }

    private bool Next()
    {
        lock (_gate)
        {
            while (_pendingBytes < checkpointBytes && !_isClosing)
                Monitor.Wait(_gate);
            _pendingBytes = 0;
            return !_isClosing;
        }
    }
}

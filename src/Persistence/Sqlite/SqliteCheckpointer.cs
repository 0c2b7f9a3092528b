using ActorStreams.Core;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>Copies the write-ahead log into the database file from a thread and a connection of its own, so that commits go on meanwhile.</summary>
/// <remarks>
/// Each pass copies what was committed during the one before, so passes get shorter. When all is copied the next commit starts the log anew. If commits
/// follow each other too closely for that, the writer is asked to copy the little that is left between two of them.
/// </remarks>
internal sealed class SqliteCheckpointer(Func<SqliteDatabase> open, long checkpointBytes, Action<ISqliteIdleWork> whenIdle) : ISqliteIdleWork
{
    private const int MaxPasses = 3;
    private readonly object _gate = new();
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
        database.Checkpoint();
        return false;
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
                while (pass < MaxPasses && !database.Checkpoint() && !Volatile.Read(ref _isClosing))
                    pass++;
                if (pass == MaxPasses)
                    whenIdle(this);
            }
            catch (StoreException)
            {
                // the log just grows until the next attempt; a disk that is really broken fails the next commit
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

namespace ActorStreams.Persistence.Sqlite;

/// <summary>The one thread that writes: a commit blocks it, and no thread of the pool, until the disk has answered.</summary>
/// <remarks>Between commits, when nobody waits, it tidies up, a little at a time.</remarks>
internal sealed class SqliteWriter
{
    private readonly Lock _start = new();
    private readonly object _gate = new();
    private readonly Queue<Work> _queue = [];
    private readonly Queue<ISqliteIdleWork> _idle = [];
    private readonly Func<SqliteDatabase> _open;
    private readonly Action<SqliteDatabase> _beforeEach;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private SqliteDatabase? _database;
    private bool _isClosing;

    /// <param name="open">Opens the connection, on the writer's thread.</param>
    /// <param name="beforeEach">Called before each piece of work, outside of a transaction.</param>
    public SqliteWriter(Func<SqliteDatabase> open, Action<SqliteDatabase> beforeEach) => (_open, _beforeEach) = (open, beforeEach);

    /// <summary>Runs <paramref name="work"/> on the writer's thread. An exception rolls back whatever it left open.</summary>
    public Task<T> RunAsync<T>(Func<SqliteDatabase, T> work)
    {
        Work<T> item = new(work);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosing, typeof(Store));
            _queue.Enqueue(item);
            Monitor.Pulse(_gate);
        }

        Start();
        return item.Task;
    }

    /// <summary>Asks for something to be done when no commit waits.</summary>
    public void WhenIdle(ISqliteIdleWork idle)
    {
        lock (_gate)
        {
            if (!_idle.Contains(idle))
                _idle.Enqueue(idle);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Finishes what is queued, then closes the connection.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }

        lock (_start)
        {
            if (_thread is null)
                _stopped.TrySetResult();
        }

        return _stopped.Task;
    }

    private void Start()
    {
        lock (_start)
        {
            if (_thread is not null)
                return;
            _thread = new Thread(Loop) { IsBackground = true, Name = "ActorStreams SQLite writer" };
            _thread.Start();
        }
    }

    private void Loop()
    {
        while (Next(out Work? work, out ISqliteIdleWork? idle))
        {
            if (work is not null)
                Run(work);
            else if (idle is not null)
                Run(idle);
        }

        _database?.Dispose();
        _stopped.TrySetResult();
    }

    private bool Next(out Work? work, out ISqliteIdleWork? idle)
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && _idle.Count == 0 && !_isClosing)
                Monitor.Wait(_gate);
            idle = null;
            if (_queue.TryDequeue(out work))
                return true;
            return !_isClosing && _idle.TryDequeue(out idle);
        }
    }

    private void Run(Work work)
    {
        try
        {
            _beforeEach(_database ??= _open());
            work.Run(_database);
        }
        catch (Exception e)
        {
            GiveUpUnlessUsable();
            work.Fail(e);
            return;
        }

        work.Complete();
    }

    private void Run(ISqliteIdleWork idle)
    {
        try
        {
            if (_database is null)
                return;
            _beforeEach(_database);
            if (idle.Step(_database))
                WhenIdle(idle);
        }
        catch (StoreException)
        {
            GiveUpUnlessUsable();   // what could not be done now is done after a later epoch
        }
    }

    private void GiveUpUnlessUsable()
    {
        if (_database?.TryRollback() == false)
        {
            _database.Dispose();
            _database = null;
        }
    }

    private abstract class Work
    {
        public abstract void Run(SqliteDatabase database);

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class Work<T>(Func<SqliteDatabase, T> work) : Work
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(SqliteDatabase database) => _result = work(database);

        public override void Complete() => _done.SetResult(_result!);

        public override void Fail(Exception error) => _done.SetException(error);
    }
}

/// <summary>Something short to do between commits.</summary>
internal interface ISqliteIdleWork
{
    /// <summary>A part of it; true if there is more.</summary>
    bool Step(SqliteDatabase database);
}

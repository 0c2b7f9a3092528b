using ActorStreams.Core.Exchange;
using ActorStreams.Operators.Stateless;
using ActorStreams.Sql.Expressions.Compilation;

namespace ActorStreams.Sql.Jobs;

/// <summary>Changes that statements hand over: each is acknowledged when the epoch that holds it is committed. It outlives a restart of its
/// job: what is not committed is read again.</summary>
/// <param name="table">Whose rows they are.</param>
/// <param name="time">The event time of a row; null: there is none.</param>
/// <param name="watermark">How far the table is complete behind a row; null: nobody says.</param>
internal sealed class FeedSource<TRow>(string table, RowFunction<TRow, long?>? time, RowFunction<TRow, long?>? watermark)
    : Source<Change<TRow>>
{
    private readonly Lock _lock = new();
    private readonly List<Told> _told = [];
    private readonly List<(long Until, TaskCompletionSource Durable)> _waiting = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _first;
    private bool _isOpened, _isComplete;

    public override string Description => $"statements about {table}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Acknowledged;

    public override bool CarriesEventTimes => time is not null;

    public override bool OpensAtAnyRow => true;

    public override bool KnowsItsEnd => true;

    public override Silence Silence => Silence.SaysNothing;

    public Task TellAsync(IEnumerable<Change<TRow>> changes) => Tell(changes.Select(change => new Told(change, null)));

    public Task AdvanceAsync(long to) => Tell([new Told(default, to)]);

    /// <summary>Completes when all that was handed over so far is durable.</summary>
    public Task LastTold
    {
        get
        {
            lock (_lock)
                return _waiting.Count == 0 ? Task.CompletedTask : _waiting.MaxBy(static one => one.Until).Durable.Task;
        }
    }

    public void Complete()
    {
        TaskCompletionSource arrived;
        lock (_lock)
            (_isComplete, arrived) = (true, _arrived);
        arrived.TrySetResult();
    }

    public override bool EndInput(SourceContext context)
    {
        Complete();
        return true;
    }

    public override void OnJobEnded(SourceContext context, Exception? error)
    {
        if (error is null)
            return;   // stopped: what was told is read by the next run
        (long Until, TaskCompletionSource Durable)[] failed;
        lock (_lock)
        {
            failed = [.. _waiting];
            _waiting.Clear();
            _told.Clear();
            _isOpened = false;
        }

        foreach ((_, TaskCompletionSource durable) in failed)
            durable.TrySetException(
                new JobException($"The job has ended before rows of \"{table}\" were committed: {error.Message}", error));
    }

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(["told"]);

    public override ValueTask<SourceReader<Change<TRow>>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        long committed = from?.Value ?? 0;
        lock (_lock)
        {
            if (!_isOpened)
            {
                _isOpened = true;
                for (int at = 0; at < _waiting.Count; at++)
                    _waiting[at] = (_waiting[at].Until - _first + committed, _waiting[at].Durable);
                _first = committed;
            }
        }

        Acknowledge(committed);
        return new(new Reader(this, committed));
    }

    private Task Tell(IEnumerable<Told> items)
    {
        TaskCompletionSource arrived;
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isComplete)
                throw new InvalidOperationException($"\"{table}\" is complete: it takes no more rows.");
            int before = _told.Count;
            _told.AddRange(items);
            if (_told.Count == before)
                return Task.CompletedTask;
            _waiting.Add((_first + _told.Count, durable));
            arrived = _arrived;
        }

        arrived.TrySetResult();
        return durable.Task;
    }

    private void Acknowledge(long offset)
    {
        List<TaskCompletionSource> done = [];
        lock (_lock)
        {
            int count = (int)Math.Clamp(offset - _first, 0, _told.Count);
            _told.RemoveRange(0, count);
            _first += count;
            for (int at = _waiting.Count - 1; at >= 0; at--)
            {
                if (_waiting[at].Until <= _first)
                {
                    done.Add(_waiting[at].Durable);
                    _waiting.RemoveAt(at);
                }
            }
        }

        foreach (TaskCompletionSource one in done)
            one.TrySetResult();
    }

    /// <summary>A change, or how far the table is complete.</summary>
    private readonly record struct Told(Change<TRow> Change, long? Watermark);

    private sealed class Reader(FeedSource<TRow> feed, long next) : SourceReader<Change<TRow>>
    {
        private long _next = next;
        private long _declared = EventTime.MinValue;

        public override SourceOffset Offset => new(_next);

        public override async ValueTask<bool> ReadAsync(SourceBuffer<Change<TRow>> buffer, CancellationToken cancellation)
        {
            while (true)
            {
                TaskCompletionSource arrived;
                lock (feed._lock)
                {
                    int at = (int)(_next - feed._first);
                    bool any = at < feed._told.Count;
                    for (; at < feed._told.Count && !buffer.IsFull; at++)
                        Take(feed._told[at], buffer);
                    if (any)
                        return true;
                    if (feed._isComplete)
                        return false;
                    if (feed._arrived.Task.IsCompleted)
                        feed._arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    arrived = feed._arrived;
                }

                await Cancellation.WakenAsync(arrived, cancellation);
            }
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
        {
            feed.Acknowledge(offset.Value);
            return ValueTask.CompletedTask;
        }

        private void Take(Told told, SourceBuffer<Change<TRow>> buffer)
        {
            if (told.Watermark is { } said)
                Declare(said, buffer);
            else
                Add(told.Change, buffer);
            _next++;
        }

        private void Add(in Change<TRow> change, SourceBuffer<Change<TRow>> buffer)
        {
            if (feed.Time is { } time)
                buffer.Add(change, _next, time(change.Row) ?? EventTime.MinValue);
            else
                buffer.Add(change, _next);
            if (feed.Watermark?.Invoke(change.Row) is { } reached)
                Declare(reached, buffer);
        }

        private void Declare(long reached, SourceBuffer<Change<TRow>> buffer)
        {
            if (reached <= _declared || feed.Time is null)
                return;
            _declared = reached;
            buffer.DeclareWatermark(reached);
        }
    }

    private RowFunction<TRow, long?>? Time => time;

    private RowFunction<TRow, long?>? Watermark => watermark;
}

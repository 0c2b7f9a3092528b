using ActorStreams.Core.Exchange;
using ActorStreams.Core.Sources;

namespace ActorStreams;

/// <summary>Feeds a job from code: each row told is acknowledged when the epoch that holds it is committed.</summary>
/// <remarks>
/// <see cref="TellAsync"/> takes about one epoch (<see cref="JobOptions.EpochInterval"/>, 1 s) and is right for many writers at once. A
/// writer that waits for its answer, such as an HTTP request, uses <see cref="TellNowAsync(T, CancellationToken)"/>, which asks for an
/// epoch. A row whose <see cref="TellAsync"/> completed is durable, with everything that follows from it. A row that was not acknowledged
/// when the process died may or may not have been processed: tell it again, with an id that a later operator can recognise. A restart of
/// the job within the process reads the rows that were not committed again by itself. On a cluster rows are told on any node, and handed
/// on to the node that reads them.
/// </remarks>
/// <typeparam name="T">The row.</typeparam>
/// <param name="capacityRows">Rows told and not yet committed at most; a further <see cref="TellAsync"/> waits. Default: 65,536.</param>
public sealed class Ingress<T>(int capacityRows = 65_536) : Source<T>, ISharedIngress
{
    private const string OnlyPartition = "told";

    private readonly Lock _lock = new();
    private readonly List<Told> _told = [];
    private readonly HashSet<IngressWriter> _writers = [];
    private readonly SemaphoreSlim _room = new(capacityRows, capacityRows);
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _firstOffset;
    private volatile bool _isOpened;
    private bool _isCompleted;
    private bool _isDrained;
    private JobException? _ended;
    private bool _isShared;
    private string _id = "";
    private bool _isReadHere;
    private long _readIn;
    private long _openedAt;
    private IngressPast _past = IngressPast.None;

    /// <inheritdoc/>
    public override string Description => $"ingress of {typeof(T).Name}";

    /// <inheritdoc/>
    public override SourceGuarantee Guarantee => SourceGuarantee.Acknowledged;

    /// <summary>Hands a row to the job. A row told before the job's start waits for it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellation">Ends the wait; a row that was taken already is processed all the same.</param>
    /// <returns>Completes when the row is durable: the epoch that holds it is committed.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called before.</exception>
    /// <exception cref="JobException">The job was stopped or has failed before an epoch with the row was committed, or before the row was
    /// told; or it is being drained.</exception>
    public Task TellAsync(T row, CancellationToken cancellation = default) => TellRowAsync(row, isUrgent: false, cancellation);

    /// <summary>Hands a row to the job and asks for an epoch at once: takes about as long as the store takes for a commit, some
    /// milliseconds, instead of the rest of the interval.</summary>
    /// <remarks>Rows that are told meanwhile share the epoch; epochs that are asked for begin at least 10 ms apart.</remarks>
    /// <param name="row">The row.</param>
    /// <param name="cancellation">Ends the wait; a row that was taken already is processed all the same.</param>
    /// <returns>Completes when the row is durable: the epoch that holds it is committed.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called before.</exception>
    /// <exception cref="JobException">The job was stopped or has failed before an epoch with the row was committed, or before the row was
    /// told; or it is being drained.</exception>
    public Task TellNowAsync(T row, CancellationToken cancellation = default) => TellRowAsync(row, isUrgent: true, cancellation);

    /// <summary>The same with a small batch, in one epoch if it fits into one read.</summary>
    /// <param name="rows">The rows, in order.</param>
    /// <param name="cancellation">Ends the wait; rows that were taken already are processed all the same.</param>
    /// <returns>Completes when all of them are durable.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called before.</exception>
    /// <exception cref="JobException">The job was stopped or has failed before an epoch with the rows was committed, or before they were
    /// told; or it is being drained.</exception>
    public Task TellNowAsync(IReadOnlyList<T> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Task.WhenAll(rows.Select((row, index) => TellRowAsync(row, isUrgent: index == rows.Count - 1, cancellation)));
    }

    private async Task TellRowAsync(T row, bool isUrgent, CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource arrived;
        lock (_lock)
        {
            CheckTakesRows();
            _told.Add(new Told(row, durable, null, isUrgent));
            arrived = _arrived;
        }

        arrived.TrySetResult();
        await durable.Task.WaitAsync(cancellation);
    }

    /// <summary>Whoever hands over many rows.</summary>
    internal IngressWriter OpenWriter()
    {
        var writer = new IngressWriter();
        lock (_lock)
            _writers.Add(writer);
        return writer;
    }

    /// <summary>Hands a row over if there is room for it. Never waits.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Complete"/> was called before.</exception>
    /// <exception cref="JobException">The job has ended, or is being drained.</exception>
    internal bool TryHand(T row, IngressWriter writer)
    {
        if (!_room.Wait(TimeSpan.Zero))
            return false;
        TaskCompletionSource arrived;
        lock (_lock)
        {
            CheckTakesRows();
            _told.Add(new Told(row, null, writer, IsUrgent: false));
            writer.OnHanded();
            arrived = _arrived;
        }

        arrived.TrySetResult();
        return true;
    }

    /// <summary>Completes when there was room for a row; it may be gone again.</summary>
    internal async Task RoomAsync(CancellationToken cancellation)
    {
        await _room.WaitAsync(cancellation);
        _room.Release();
    }

    /// <summary>The writer hands over no more.</summary>
    internal void CloseWriter(IngressWriter writer)
    {
        lock (_lock)
        {
            _writers.Remove(writer);
            writer.Complete();
        }
    }

    /// <summary>Called under the lock by who has taken room for a row.</summary>
    private void CheckTakesRows()
    {
        if (!_isCompleted && _ended is null)
            return;
        _room.Release();   // others that wait for room must be refused too
        throw _isCompleted ? new InvalidOperationException("The ingress is complete; it takes no more rows.")
            : new JobException(_ended!.Message, _ended);
    }

    /// <summary>No more rows will be told: the source ends.</summary>
    public void Complete()
    {
        TaskCompletionSource arrived;
        lock (_lock)
        {
            _isCompleted = true;
            arrived = _arrived;
        }

        arrived.TrySetResult();
    }

    /// <summary>Fails what was told and not committed: nobody would ever read it, or tell that it is durable.</summary>
    public override void OnJobEnded(SourceContext context, Exception? error)
    {
        ArgumentNullException.ThrowIfNull(context);
        List<Told> pending;
        string where = $"Pipeline '{context.Pipeline}', source '{context.Operator}'";
        JobException ended = context.CompleteSince is { } epoch
            ? new($"{where}: the job is complete since epoch {epoch}, because its input was drained or completed, and it reads no more rows. " +
                "To begin anew, give the pipeline another name or the job another store.")
            : new($"{where}: the job has ended {(error is null ? "" : $"({error.Message}) ")}before the row was acknowledged, and the row will not be read. " +
                "Start the job again and tell the row again; if the job failed in the middle of a commit, the row may be in it already.", error)
            {
                IsInDoubt = error is not null,
            };
        lock (_lock)
        {
            pending = [.. _told];
            _told.Clear();
            (_isOpened, _ended) = (false, ended);
            foreach (IngressWriter writer in _writers)
                writer.Fail(ended);
        }

        foreach (Told told in pending)
        {
            told.Durable?.TrySetException(ended);
            told.Writer?.Fail(ended);
        }

        if (pending.Count > 0)
            _room.Release(pending.Count);
    }

    /// <summary>Refuses rows from now on; those told before are read, and then it ends.</summary>
    public override bool EndInput(SourceContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        TaskCompletionSource arrived;
        lock (_lock)
        {
            _isDrained = true;
            _ended = new JobException(
                $"Pipeline '{context.Pipeline}', source '{context.Operator}': the job is being drained and takes no more rows; this one was not taken. " +
                "A job that was drained is complete: tell the row to another.");
            arrived = _arrived;
        }

        arrived.TrySetResult();
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new([OnlyPartition]);

    /// <inheritdoc/>
    public override ValueTask<SourceReader<T>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        long committed = from?.Value ?? 0;
        if (_isShared)
        {
            // Another node's ingress may have been read meanwhile, and offsets have gone on without this one.
            IngressPast past = IngressPast.Decode(from?.State);
            if (_isOpened && past.EndOf(_id, committed) is { } end)
                Acknowledge(end);
            lock (_lock)
            {
                if (!_isOpened)
                    (_isOpened, _isDrained, _ended) = (true, false, null);
                (_firstOffset, _openedAt, _isReadHere, _readIn, _past) = (committed, committed, true, context.Attempt, past);
                return new ValueTask<SourceReader<T>>(
                    new Reader(this, committed, context.RequestEpoch, past.With(_id, committed).Encode(), context.Attempt));
            }
        }

        if (_isOpened)
            Acknowledge(committed);   // the job restarts: there may have been a commit whose answer was lost
        lock (_lock)
        {
            if (!_isOpened)
                (_isOpened, _isDrained, _ended, _firstOffset) = (true, false, null, committed);
            return new ValueTask<SourceReader<T>>(new Reader(this, _firstOffset, context.RequestEpoch, state: null, context.Attempt));
        }
    }

    string ISharedIngress.Id => _id;

    void ISharedIngress.Share(string id)
    {
        lock (_lock)
            (_id, _isShared, _isDrained, _ended) = (id, true, false, null);
    }

    Task ISharedIngress.ToldAsync()
    {
        lock (_lock)
        {
            if (_told.Count > 0 && !_isReadHere)
                return Task.CompletedTask;
            if (_arrived.Task.IsCompleted)
                _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _arrived.Task;
        }
    }

    IReadOnlyList<HandedRow> ISharedIngress.HandOver(long attempt, long? committed)
    {
        lock (_lock)
        {
            if (_isReadHere || attempt <= _readIn)
                return [];
        }

        if (_isOpened && committed is { } end)
            Acknowledge(end);
        lock (_lock)
        {
            if (_isReadHere)
                return [];
            _isOpened = false;
            HandedRow[] handed = [.. _told.Select(ToHanded)];
            _told.Clear();
            return handed;
        }
    }

    Task ISharedIngress.TakeAsync(byte[] row, bool isUrgent)
    {
        var reader = new BlobReader(row);
        return TellRowAsync(RecordCodec.Of<T>().Read(ref reader), isUrgent, CancellationToken.None);
    }

    bool ISharedIngress.IsReadIn(long attempt, string other, out long? committed)
    {
        lock (_lock)
        {
            committed = _past.EndOf(other, _openedAt);
            return _isReadHere && _readIn == attempt;
        }
    }

    /// <summary>The room of a row stays taken until it is durable, also where it is handed on.</summary>
    private HandedRow ToHanded(Told told)
    {
        var writer = new BlobWriter();
        RecordCodec.Of<T>().Write(writer, told.Row);
        return new HandedRow(writer.ToArray(), told.IsUrgent, error =>
        {
            _room.Release();
            if (error is null)
            {
                told.Durable?.TrySetResult();
                lock (_lock)
                    told.Writer?.OnDurable();
            }
            else
            {
                told.Durable?.TrySetException(error);
                told.Writer?.Fail(error);
            }
        });
    }

    private void OnReaderClosed(long attempt)
    {
        TaskCompletionSource arrived;
        lock (_lock)
        {
            _isReadHere = _isReadHere && _readIn != attempt;
            arrived = _arrived;
        }

        arrived.TrySetResult();   // whoever hands rows on looks again
    }

    private void Acknowledge(long offset)
    {
        List<Told> durable;
        lock (_lock)
        {
            int count = (int)Math.Clamp(offset - _firstOffset, 0, _told.Count);
            if (count == 0)
                return;
            durable = _told.GetRange(0, count);
            _told.RemoveRange(0, count);
            _firstOffset += count;
            foreach (Told told in durable)
                told.Writer?.OnDurable();
        }

        _room.Release(durable.Count);
        foreach (Told told in durable)
            told.Durable?.TrySetResult();
    }

    /// <summary>A row that is not committed yet.</summary>
    /// <param name="Row">The row.</param>
    /// <param name="Durable">Who waits for this row; null: its writer counts it.</param>
    /// <param name="Writer">Who waits for all of its rows; null: nobody.</param>
    /// <param name="IsUrgent">It does not want to wait for the end of the interval.</param>
    private readonly record struct Told(T Row, TaskCompletionSource? Durable, IngressWriter? Writer, bool IsUrgent);

    private sealed class Reader(Ingress<T> ingress, long next, Action requestEpoch, byte[]? state, long attempt)
        : SourceReader<T>
    {
        private long _next = next;
        private long _urgentUntil;

        public override SourceOffset Offset => new(_next, state);

        public override ValueTask DisposeAsync()
        {
            if (state is not null)
                ingress.OnReaderClosed(attempt);
            return base.DisposeAsync();
        }

        public override async ValueTask<bool> ReadAsync(SourceBuffer<T> buffer, CancellationToken cancellation)
        {
            bool isUrgent = false;
            while (true)
            {
                TaskCompletionSource arrived;
                lock (ingress._lock)
                {
                    for (int i = (int)(_next - ingress._firstOffset); i < ingress._told.Count && !buffer.IsFull; i++)
                    {
                        buffer.Add(ingress._told[i].Row, _next++);
                        if (ingress._told[i].IsUrgent)
                            (isUrgent, _urgentUntil) = (true, _next);
                    }

                    if (buffer.Count > 0)
                        break;
                    if (ingress._isCompleted || ingress._isDrained)
                        return false;
                    if (ingress._arrived.Task.IsCompleted)
                        ingress._arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    arrived = ingress._arrived;
                }

                await Cancellation.WakenAsync(arrived, cancellation);
            }

            if (isUrgent)
                requestEpoch();
            return true;
        }

        public override ValueTask CommittedAsync(SourceOffset offset, CancellationToken cancellation)
        {
            ingress.Acknowledge(offset.Value);

            // The epoch may have begun after the rows were read and before they were passed on: those that are left need another.
            bool isUrgent;
            lock (ingress._lock)
                isUrgent = offset.Value < _urgentUntil;
            if (isUrgent)
                requestEpoch();
            return ValueTask.CompletedTask;
        }
    }
}

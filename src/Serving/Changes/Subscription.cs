using ActorStreams.Serving.Access;
using ActorStreams.Serving.Views;

namespace ActorStreams.Serving.Changes;

/// <summary>The one producer of events: follows a view for one client. Transports take batches from it and write them.</summary>
/// <remarks>Not for several threads. Nothing is copied for a client but a filtered list of rows: epochs are taken from the view when the
/// client has taken those before. While it takes nothing, epochs that come are counted, up to the budget.</remarks>
internal sealed class Subscription : IAsyncDisposable
{
    private readonly IJob _job;
    private readonly ServingOptions _options;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _left;
    private readonly IAsyncEnumerator<IServedEpoch> _epochs;
    private readonly Queue<(EventBatch Batch, long Bytes)> _held = new();
    private Task<bool> _next = Task.FromResult(false);
    private EventBatch? _given;
    private long _heldBytes;
    private bool _isOver;

    private Subscription(IJob job, IServedView view, ViewQuery query, long? after, ServingOptions options, TimeProvider clock,
        CancellationToken left)
    {
        (_job, _options, _clock, After) = (job, options, clock, after);
        _left = CancellationTokenSource.CreateLinkedTokenSource(left);
        _epochs = view.ObserveAsync(query, after, _left.Token).GetAsyncEnumerator(_left.Token);
    }

    /// <summary>The last epoch that the client was told the whole of; null: none.</summary>
    public long? After { get; private set; }

    /// <summary>Begins.</summary>
    /// <param name="job">Whose view it is.</param>
    /// <param name="view">The view.</param>
    /// <param name="query">Which rows of it.</param>
    /// <param name="after">The last epoch that the client has seen; null: begin with all rows.</param>
    /// <param name="options">Limits.</param>
    /// <param name="clock">The time.</param>
    /// <param name="left">The client has left.</param>
    /// <exception cref="Exception">What is asked for cannot be told: see <see cref="Refusals"/>.</exception>
    public static async Task<Subscription> OpenAsync(IJob job, IServedView view, ViewQuery query, long? after, ServingOptions options,
        TimeProvider clock, CancellationToken left)
    {
        var subscription = new Subscription(job, view, query, after, options, clock, left);
        try
        {
            subscription._next = subscription._epochs.MoveNextAsync().AsTask();
            if (subscription._next.IsFaulted)
                await subscription._next;
            if (!subscription._next.IsCompleted && after is { } seen)
                subscription._held.Enqueue((EventBatch.Progress(seen), 0));    // there is nothing new, and the line stands
            return subscription;
        }
        catch (Exception)
        {
            await subscription.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next batch, once the one before is told; null: there is none any more.</summary>
    /// <exception cref="OperationCanceledException">The client has left.</exception>
    public async ValueTask<EventBatch?> NextAsync()
    {
        _left.Token.ThrowIfCancellationRequested();
        After = _given?.Whole ?? After;
        _given = null;
        if (_held.Count == 0 && !_isOver)
        {
            if (!_next.IsCompleted && !await IsMovingAsync())
                return EventBatch.Beat;
            await TakeAsync();
        }

        if (_held.TryDequeue(out (EventBatch Batch, long Bytes) first))
        {
            _heldBytes -= first.Bytes;
            _given = first.Batch;
        }

        return _given;
    }

    /// <summary>Waits for the client to take what was written.</summary>
    /// <param name="taken">Completes when it has.</param>
    /// <exception cref="ClientBehindException">It does not, and more waits for it than may, or longer than it may.</exception>
    public async ValueTask WaitAsync(Task taken)
    {
        if (taken.IsCompleted)
        {
            await taken;
            return;
        }

        using var done = CancellationTokenSource.CreateLinkedTokenSource(_left.Token);
        try
        {
            Task late = Task.Delay(_options.SlowAfter, _clock, done.Token);
            while (!taken.IsCompleted)
                await TakeOneOrWaitAsync(taken, late);
        }
        finally
        {
            await done.CancelAsync();
        }

        await taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        try
        {
            await _next;                                // an enumerator ends only between its steps
        }
        catch (Exception)
        {
            // it was told, or nobody is there to be told
        }

        await _epochs.DisposeAsync();
        _left.Dispose();
    }

    private async Task TakeOneOrWaitAsync(Task taken, Task late)
    {
        Task first = _isOver ? await Task.WhenAny(taken, late) : await Task.WhenAny(taken, late, _next);
        if (first == late)
        {
            _left.Token.ThrowIfCancellationRequested();
            throw new ClientBehindException($"The client took nothing for {_options.SlowAfter}.", After);
        }

        if (first != _next || taken.IsCompleted)
            return;
        await TakeAsync();
        if (_heldBytes > _options.ClientBudgetBytes)
        {
            throw new ClientBehindException(
                $"{_heldBytes} bytes wait for the client, and no more than {_options.ClientBudgetBytes} are kept.", After);
        }
    }

    /// <returns>Whether there is an epoch before it is time for a sign of life.</returns>
    private async Task<bool> IsMovingAsync()
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(_left.Token);
        bool isMoving = await Task.WhenAny(_next, Task.Delay(_options.BeatEvery, _clock, done.Token)) == _next;
        await done.CancelAsync();
        return isMoving;
    }

    /// <summary>Takes what is there.</summary>
    private async Task TakeAsync()
    {
        EventBatch batch;
        try
        {
            if (await _next)
            {
                batch = EventBatch.Of(_epochs.Current);
                _next = _epochs.MoveNextAsync().AsTask();
            }
            else
            {
                _isOver = true;
                if (!_job.Completion.IsCompleted)
                    return;                             // the server stops: clients come back to it
                batch = EventBatch.End;
            }
        }
        catch (OperationCanceledException) when (_left.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error)
        {
            (batch, _isOver) = (EventBatch.Error(error, After), true);
        }

        long bytes = _given is null ? 0 : batch.EstimateBytes();    // the client waits for it, or it for the client
        _heldBytes += bytes;
        _held.Enqueue((batch, bytes));
    }
}

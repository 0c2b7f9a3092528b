using ActorStreams.Core.Exchange;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Storage;

namespace ActorStreams;

/// <summary>A pipeline running.</summary>
public sealed class Job : IJob
{
    private readonly Pipeline _pipeline;
    private readonly Store? _store;
    private readonly JobOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _dispose = new();
    private volatile JobRun _run;
    private volatile IReadOnlyDictionary<string, bool>? _drained;   // by source: whether it ends by itself
    private readonly bool _ownsStore;
    private readonly JobWatch _watch;
    private Failed? _failure;
    private int _restarts;
    private readonly JobHere _source;

    private readonly JobHost _host;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _disposed = new();
    private bool _isHostLost;
    private volatile bool _isRunning;

    private Job(Pipeline pipeline, Store? store, bool ownsStore, JobOptions options, JobHost host, JobViews views, JobRun run)
    {
        (_pipeline, _store, _ownsStore, _options, _host, Views, _run) = (pipeline, store, ownsStore, options, host, views, run);
        _watch = new JobWatch(pipeline, options, isVolatile: store is null);
        _source = new JobHere(this);
    }

    /// <summary>Completes when every source has ended and the last epoch is committed, or when the job was stopped, or has read what was
    /// available (<see cref="JobOptions.AvailableNow"/>); fails when the job fails.</summary>
    public Task Completion => _completion.Task;

    /// <summary>The last committed epoch; 0 before the first.</summary>
    public long Epoch => _run.Epoch;

    /// <summary>How often the job was restarted after a failure.</summary>
    public int Restarts => _restarts;

    /// <summary>What the job has counted so far. May be asked at any time and from any thread, also after the end.</summary>
    public JobMetrics Metrics => _run.Metrics(_restarts);

    /// <summary>What holds the job up at the moment, as long as it does: a failure after which it restarts and has committed nothing yet, a
    /// store that takes nothing, operators that keep results back while the watermark stands still, sinks and calls that do not let the
    /// epoch end. Empty when all is well.</summary>
    /// <remarks>Each is told as a <see cref="JobNotice"/> too, once, when it begins and when it ends (<see cref="JobOptions.OnNotice"/>).
    /// May be asked from any thread.</remarks>
    public IReadOnlyList<JobCondition> Conditions
    {
        get
        {
            DateTimeOffset now = _options.Clock.GetUtcNow();
            List<JobCondition> own = [];
            if (Volatile.Read(ref _failure) is { } failure && failure.Epoch == Epoch && !Completion.IsCompleted)
            {
                own.Add(new JobCondition(JobNoticeKind.Restarting, "", failure.At, now,
                    $"Pipeline '{_pipeline.Name}' restarts after a failure and has committed nothing since: {failure.Message}"));
            }

            if (_run.StoreTrouble is { } trouble)
            {
                own.Add(new JobCondition(JobNoticeKind.StoreUnavailable, "", trouble.Since, now,
                    $"Pipeline '{_pipeline.Name}' waits for its store; sources wait, nothing is lost: {trouble.Error}"));
            }

            return own.Count == 0 ? _watch.Conditions : [.. own, .. _watch.Conditions];
        }
    }

    /// <summary>How the job stands, as text for people: where each source partition and operator is, what they keep back, who holds up
    /// whom, and what to do about it. May be asked at any time and from any thread; numbers are as they are while the job works. The plan
    /// is <see cref="Pipeline.Describe"/>.</summary>
    public string Describe()
    {
        JobRun run = _run;
        string state = Completion.IsCompletedSuccessfully ? "has ended" : Completion.IsCompleted
            ? $"has failed: {Completion.Exception?.InnerException?.Message ?? "it was disposed of"}" : "runs";
        string head = $"pipeline {_pipeline.Name} {state}, epoch {run.Epoch} is committed" +
            $"{(_restarts > 0 ? $", {_restarts} restarts" : "")}\n";
        return JobDescription.Of(head, new JobStanding(run.Epoch, Conditions, run.Figures ?? InstanceFigures.Nothing,
            Completion.IsCompleted ? EventTime.MaxValue : run.EpochBegan), SourceClockwork.Now(_options.Clock));
    }

    /// <summary>Whether an attempt runs: false between two attempts, and after the end.</summary>
    public bool IsRunning => _isRunning && !Completion.IsCompleted;

    internal JobRun Run => _run;

    IJobSource IJob.Source => _source;

    /// <summary>Who runs it.</summary>
    internal JobHost Host => _host;

    /// <summary>Every source has ended, and everything is committed.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>Every source had ended before this start.</summary>
    internal bool WasComplete => _run.WasComplete;

    /// <summary>The views that are read from outside; they outlive restarts.</summary>
    internal JobViews Views { get; }

    /// <summary>Refuses what is wrong with a pipeline or its options before anything is opened.</summary>
    internal static void Check(Pipeline pipeline, JobOptions options)
    {
        options.Validate(pipeline.Name);
        CheckEnds(pipeline, options);
        _ = new Plan(pipeline, options, null);
    }

    /// <summary>Opens a job and lets it run. Called in a turn of the host's.</summary>
    /// <param name="pipeline">What to run.</param>
    /// <param name="store">Where the truth is kept; null: nowhere.</param>
    /// <param name="ownsStore">The job disposes of the store.</param>
    /// <param name="options">How to run; checked.</param>
    /// <param name="host">Who runs it.</param>
    /// <param name="cancellation">Ends the attempt to start.</param>
    internal static async Task<Job> OpenAsync(Pipeline pipeline, Store? store, bool ownsStore, JobOptions options, JobHost host,
        CancellationToken cancellation)
    {
        store = store is VolatileStore ? null : store;
        var views = new JobViews();
        JobRun run;
        try
        {
            run = await JobRun.OpenAsync(pipeline, options, host, store, views, options.RestartFromEpoch, attempt: 1, cancellation);
        }
        catch (Exception error)
        {
            TellEnded(pipeline, options, error, completeSince: null);
            throw;
        }

        var job = new Job(pipeline, store, ownsStore, options, host, views, run);
        _ = host.RunAsync(job.SuperviseAsync);
        return job;
    }

    /// <summary>Whoever runs the job is gone, and the job with it: what it has begun comes to its end without an epoch.</summary>
    internal void OnHostStopped()
    {
        _isHostLost = !Completion.IsCompleted && !_dispose.IsCancellationRequested;
        if (_isHostLost)
            _ = DisposeAsync().AsTask();
    }

    /// <summary>What a keyed operator keeps for one key.</summary>
    /// <param name="entities">The operator's entities: given by its stream (<see cref="Stream{T}.EntitiesOf{TKey, TState}"/>), or made of
    /// its name.</param>
    /// <param name="key">The key.</param>
    public EntityRef<TKey, TState> Entity<TKey, TState>(EntityHandle<TKey, TState> entities, TKey key)
    {
        ArgumentNullException.ThrowIfNull(entities);
        return new EntityRef<TKey, TState>(_source, entities, key);
    }

    /// <summary>Asks for an epoch now instead of at the end of the interval, and waits until it is committed: what was read before the call
    /// is durable then, and views show it.</summary>
    /// <remarks>Several askers share one epoch, and epochs that are asked for begin at least 10 ms apart, so a storm of calls costs a
    /// store's commit each 10 ms, no more. Each epoch counts for <see cref="JobOptions.RetainEpochs"/>. To have a row told to an
    /// <see cref="Ingress{T}"/> committed, use its <c>TellNowAsync</c>.</remarks>
    /// <param name="cancellation">Ends the wait, not the epoch.</param>
    /// <returns>The epoch: it began after the call, and is committed.</returns>
    /// <exception cref="JobException">The job has ended, or failed before the epoch was committed; if it restarts, ask again.</exception>
    public Task<long> CommitAsync(CancellationToken cancellation = default) => _run.CommitAsync().WaitAsync(cancellation);

    /// <summary>Takes a savepoint: the whole state at the end of an epoch that begins after this call, under a name, until it is deleted
    /// (<see cref="Savepoints.DeleteAsync"/>). The job goes on meanwhile.</summary>
    /// <remarks>The state is copied, as the store has it, into the store that keeps savepoints: another one, of any kind, may go on from
    /// it at any parallelism (<see cref="JobOptions.RestartFromSavepoint"/>). The epoch stays retained until all is copied. If the process
    /// dies before, there is no savepoint, and what was copied is removed when the next one is taken.</remarks>
    /// <param name="name">Its name: 1 to 64 letters, digits, '-', '_' and '.'.</param>
    /// <param name="cancellation">Ends the attempt; no savepoint is there then.</param>
    /// <exception cref="StoreException">The store has one of that name already.</exception>
    /// <exception cref="FencedException">Another savepoint of the pipeline is taken or deleted at the same time.</exception>
    /// <exception cref="JobException">The job has no store, has ended, or failed before the epoch was committed.</exception>
    public async Task<Savepoint> SaveAsync(string name, CancellationToken cancellation = default)
    {
        Savepoints.CheckName(name);
        if (_store is null)
            throw new JobException($"Pipeline '{_pipeline.Name}': there is nothing to save, the job has no store.");
        Store archive = _options.SavepointStore ?? _store;
        if ((await Savepoints.ListAsync(archive, _pipeline.Name, cancellation)).Any(one => one.Name == name))
            throw Savepoints.Exists(archive, _pipeline.Name, name);
        using IDisposable hold = Views.Holds.From(Epoch + 1);
        long epoch = await CommitAsync(cancellation);
        await using JobReader reader = await OpenReaderAsync(cancellation);
        EpochRecord record = (await reader.EpochsAsync(cancellation)).First(known => known.Epoch == epoch);
        return await Savepoints.TakeAsync(archive, _pipeline.Name, name, _options.Clock, reader, record, cancellation);
    }

    /// <summary>Stops reading, commits what was read as a last epoch, and ends; a later start goes on from there.</summary>
    /// <exception cref="ActorStreamsException">The job has failed, now or before; <see cref="Completion"/> has the same error.</exception>
    public Task StopAsync() => StopAsync(CancellationToken.None);

    /// <summary>Stops the same way, and waits for it no longer than it is wanted.</summary>
    /// <param name="cancellation">Ends the wait, not the job: a sink that never returns, or a store that takes nothing, holds the last
    /// epoch for as long as it likes. Dispose of the job to end it without that epoch.</param>
    /// <exception cref="OperationCanceledException">The wait was ended; the message says what was not done, and what it waits
    /// for.</exception>
    /// <exception cref="ActorStreamsException">The job has failed, now or before; <see cref="Completion"/> has the same error.</exception>
    public async Task StopAsync(CancellationToken cancellation)
    {
        Cancellation.Now(_stop);
        try
        {
            await Completion.WaitAsync(cancellation);
        }
        catch (OperationCanceledException ended) when (cancellation.IsCancellationRequested && !Completion.IsCompleted)
        {
            long epoch = Epoch;
            throw new OperationCanceledException(
                $"Pipeline '{_pipeline.Name}': the wait for its stop was ended before epoch {epoch + 1}, the last one, was committed; {_run.Waiting}. " +
                $"The job is not stopped yet: it still commits that epoch once it can. Dispose of it to end it without; it then goes on after epoch {epoch} when it is started again, and reads anew what it " +
                "read since.", ended, cancellation);
        }
    }

    /// <summary>Completes every observation of the job's tables, those to come as well: the first thing to do when a process shuts down, so
    /// that nobody who waits for the next epoch holds up its server. The job goes on; what is observed resumes elsewhere after the epoch
    /// that was told last.</summary>
    /// <remarks><c>AddActorStreams</c> calls it when the host begins to stop.</remarks>
    public void EndObservers() => Views.EndObservers();

    /// <summary>Ends the input and lets everything come out that follows from it: sources take no more rows, the watermark goes to the end
    /// of time, so that windows, patterns and joins give their final results, calls are made to their end, all of it is committed, and the
    /// job is complete.</summary>
    /// <remarks>
    /// <para>What was handed over before is processed: rows told to an ingress, rows in a channel. Of what can be read again (files,
    /// topics, tables) what is there at once is taken, at most 256 reads of a partition; the rest is not read. An
    /// <see cref="Ingress{T}"/> refuses rows from now on, and a channel that was given whole is completed; both say why.</para>
    /// <para>A drained job is complete for good: started again it has nothing to do, as any completed job. To let windows open for a later
    /// start, use <see cref="StopAsync()"/>. A crash before the job is complete leaves it as it was at its last epoch, to be started, and
    /// drained, again; a restart by <see cref="JobOptions.Restart"/> goes on with draining. A second call waits for the first.</para>
    /// </remarks>
    /// <exception cref="InvalidOperationException">The job was stopped before, or reads what is available
    /// (<see cref="JobOptions.AvailableNow"/>): its windows are open. Start it again to drain it.</exception>
    /// <exception cref="ActorStreamsException">The job has failed, now or before; <see cref="Completion"/> has the same error.</exception>
    public Task DrainAsync() => DrainAsync(CancellationToken.None);

    /// <summary>Drains the same way, and waits for it no longer than it is wanted.</summary>
    /// <param name="cancellation">Ends the wait, not the draining: it goes on.</param>
    /// <inheritdoc cref="DrainAsync()"/>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        if (_options.AvailableNow)
        {
            throw new InvalidOperationException(
                $"Pipeline '{_pipeline.Name}' reads what is available and ends by itself, with windows open for the next start. To close them, start it without " +
                $"{nameof(JobOptions)}.{nameof(JobOptions.AvailableNow)}.");
        }

        if (_drained is null && _stop.IsCancellationRequested)
            throw new InvalidOperationException(
                $"Pipeline '{_pipeline.Name}' was stopped, and its windows are open for the next start. Start it again to drain it.");
        Dictionary<string, bool> drained = EndInputs(_pipeline, _options.Clock);
        _drained ??= drained;
        _run.Drain(_drained);
        await Completion.WaitAsync(cancellation);
    }

    /// <summary>Ends the job at once, without a last epoch: as a crash would, but without leaving anything running.</summary>
    public async ValueTask DisposeAsync()
    {
        Cancellation.Now(_dispose);
        await _host.RunAsync(() => _run.DisposeAsync().AsTask());
        try
        {
            await Completion;
        }
        catch (Exception)
        {
            // Completion tells; disposing does not tell again.
        }

        if (_ownsStore && _store is not null)
            await _store.DisposeAsync();
        await _host.EndAsync();
        _disposed.TrySetResult();
    }

    /// <summary>Completes when the job has been disposed of; what is to follow it has then followed for who awaited that.</summary>
    internal Task Disposed => _disposed.Task;

    /// <summary>The last epoch that was committed at a time or before it, of those that are retained.</summary>
    /// <param name="time">The time, by the job's clock.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <exception cref="StoreException">The epoch of that time is not retained (<see cref="JobOptions.RetainFor"/>).</exception>
    /// <exception cref="JobException">The job has no store, or has committed nothing.</exception>
    public async Task<long> EpochAtAsync(DateTimeOffset time, CancellationToken cancellation = default)
    {
        await using JobReader reader = await OpenReaderAsync(cancellation);
        return StoredStates.At(await reader.EpochsAsync(cancellation), time, _pipeline.Name).Epoch;
    }

    internal async ValueTask<JobReader> OpenReaderAsync(CancellationToken cancellation) =>
        (_store is null ? null : await _store.OpenReaderAsync(_pipeline.Name, cancellation))
        ?? throw new JobException($"Pipeline '{_pipeline.Name}': there is nothing to read, the job has no store or has committed nothing.");

    private async Task SuperviseAsync()
    {
        Exception? error = null;
        bool isComplete = false;
        try
        {
            isComplete = await RunToEndAsync();
        }
        catch (Exception failure)
        {
            error = _isHostLost
                ? new JobException($"Pipeline '{_pipeline.Name}': the job's actor was stopped after epoch {Epoch}, with its ActorSystem or by itself; " +
                    "started again, the job goes on from there.", failure)
                : failure;
        }

        IsComplete = isComplete;
        _watch.End(isForGood: true);
        await _watch.DisposeAsync();
        TellEnded(_pipeline, _options, error, isComplete ? _run.Epoch : null);
        if (error is null)
            _completion.TrySetResult();
        else if (error is OperationCanceledException cancelled)
            _completion.TrySetCanceled(cancelled.CancellationToken);
        else
            _completion.TrySetException(error);
        if (_run.IsClosed)
            _ = _host.EndAsync();
    }

    private static void CheckEnds(Pipeline pipeline, JobOptions options)
    {
        if (options.AvailableNow && pipeline.Nodes.FirstOrDefault(node => node is ISourceNode { KnowsItsEnd: false }) is { } endless)
        {
            throw new PipelineException(
                $"Pipeline '{pipeline.Name}', source '{endless.Name}' ({endless.Detail}) knows no end, so the job cannot read what is available and stop. " +
                $"Read files, topics or captured tables, or leave {nameof(JobOptions)}.{nameof(JobOptions.AvailableNow)} out.");
        }
    }

    /// <summary>Tells the sources, as this process has them, that no rows are wanted any more.</summary>
    /// <returns>Of each whether it ends by itself.</returns>
    internal static Dictionary<string, bool> EndInputs(Pipeline pipeline, TimeProvider clock) => pipeline.Nodes
        .Where(static node => node is ISourceNode).ToDictionary(static node => node.Name,
            node => ((ISourceNode)node).EndInput(new SourceContext(pipeline.Name, node.Name, clock)), StringComparer.Ordinal);

    /// <summary>Tells the sources that nobody reads them any more.</summary>
    private static void TellEnded(Pipeline pipeline, JobOptions options, Exception? error, long? completeSince)
    {
        foreach (StreamNode node in pipeline.Nodes)
        {
            (node as ISourceNode)?.OnJobEnded(
                new SourceContext(pipeline.Name, node.Name, options.Clock) { CompleteSince = completeSince }, error);
        }
    }

    /// <returns>Whether every source has ended; false: it was stopped.</returns>
    private async Task<bool> RunToEndAsync()
    {
        var count = new RestartCount(_options.RestartOf(_run.IsVolatile));
        bool isOpen = true;
        while (true)
        {
            long before = _run.Epoch;
            try
            {
                if (!isOpen)
                {
                    // Whoever disposes cancels first and reads the run then, so either he finds this one or it ends here.
                    Interlocked.Exchange(ref _run, await JobRun.OpenAsync(_pipeline, _options, _host, _store, Views, null,
                        attempt: _restarts + 1, _dispose.Token));
                    (isOpen, before) = (true, _run.Epoch);
                    _dispose.Token.ThrowIfCancellationRequested();
                }

                if (_drained is { } drained)
                    _run.Drain(drained);
                _host.OnBegun(_run);
                _watch.Begin(_run);
                _isRunning = true;
                bool isCompleted = await _run.RunAsync(_stop.Token);
                _isRunning = false;
                bool isMoving = !isCompleted && _run.IsMoving && !_stop.IsCancellationRequested;
                _watch.End(isForGood: !isMoving);
                if (!isCompleted)
                    await _run.DisposeAsync();
                if (!isMoving)
                    return isCompleted;   // the actors of a completed job stay, to answer questions
                _host.OnFailed();
                isOpen = false;
                count.Reset();
                _options.Tell(new JobNotice(_pipeline.Name, JobNoticeKind.Moving, $"Pipeline '{_pipeline.Name}' goes on after epoch " +
                    $"{_run.Epoch} in another attempt: instances move from one node to another, because nodes have joined or leave.", null));
                continue;   // its instances move to other nodes: the next attempt begins at once
            }
            catch (Exception error)
            {
                _isRunning = false;
                _watch.End(isForGood: false);
                await _run.DisposeAsync();
                _host.OnFailed();   // only now: nothing of the attempt runs any more
                isOpen = false;
                if (_run.Epoch > before)
                    count.Reset();
                if (!CanRestart(error) || !count.MayRestart(error))
                    throw;
                _failure = new Failed(_run.Epoch, error.Message, _options.Clock.GetUtcNow());
                _options.Tell(new JobNotice(_pipeline.Name, JobNoticeKind.Restarting,
                    $"Pipeline '{_pipeline.Name}' restarts from epoch {_run.Epoch} in {count.Delay}, attempt {count.Failures} of {_options.RestartOf(_run.IsVolatile).MaxRestarts}: {error.Message}", error));
            }

            if (await HasStoppedAsync(count.Delay))
                return false;
            _restarts++;
        }
    }

    /// <summary>Waits before a restart.</summary>
    /// <returns>Whether the job was stopped meanwhile: what is committed stays, and there is nothing else to commit.</returns>
    private async Task<bool> HasStoppedAsync(TimeSpan delay)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _dispose.Token);
        try
        {
            await Task.Delay(delay, _options.Clock, ended.Token);
            return false;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested && !_dispose.IsCancellationRequested)
        {
            return true;
        }
    }

    /// <summary>A failure after which the job restarts.</summary>
    private sealed record Failed(long Epoch, string Message, DateTimeOffset At);

    private bool CanRestart(Exception error) =>
        error is not (FencedException or StoreLostException or OperationCanceledException or PipelineException
            or SourceException { IsLost: true }) && !_dispose.IsCancellationRequested;
}

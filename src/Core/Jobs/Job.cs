using ActorStreams.Core.Actors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Pipelines;

namespace ActorStreams.Core.Jobs;

/// <summary>A pipeline running.</summary>
public sealed class Job : IAsyncDisposable
{
    private readonly Pipeline _pipeline;
    private readonly Store? _store;
    private readonly JobOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _dispose = new();
    private volatile JobRun _run;
    private int _restarts;

    private Job(Pipeline pipeline, Store? store, JobOptions options, JobViews views, JobRun run) =>
        (_pipeline, _store, _options, Views, _run) = (pipeline, store, options, views, run);

    /// <summary>Completes when every source has ended and the last epoch is committed, or when the job was stopped; fails when the job fails.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>The last committed epoch; 0 before the first.</summary>
    public long Epoch => _run.Epoch;

    /// <summary>How often the job was restarted after a failure.</summary>
    public int Restarts => _restarts;

    /// <summary>Why the store takes nothing at the moment, while the job waits for it; null when it does. Nothing is lost meanwhile.</summary>
    public string? StoreError => _run.LastStoreError;

    /// <summary>What the job has counted so far. May be asked at any time and from any thread, also after the end.</summary>
    public JobMetrics Metrics => _run.Metrics(_restarts);

    internal JobRun Run => _run;

    /// <summary>The views that are read from outside; they outlive restarts.</summary>
    internal JobViews Views { get; }

    /// <summary>Starts a pipeline, at its beginning or where its last committed epoch ended.</summary>
    /// <param name="pipeline">What to run.</param>
    /// <param name="store">Where the truth is kept; null: nowhere, the job is volatile and starts anew each time.</param>
    /// <param name="options">How to run; null: the defaults.</param>
    /// <param name="cancellation">Ends the attempt to start.</param>
    /// <exception cref="PipelineException">The pipeline or the options are wrong; the message names the operator and the remedy.</exception>
    /// <exception cref="ActorStreamsException">A source, a sink or the store cannot be opened.</exception>
    public static async Task<Job> StartAsync(Pipeline pipeline, Store? store = null, JobOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        options ??= new JobOptions();
        options.Validate(pipeline.Name);
        cancellation.ThrowIfCancellationRequested();
        _ = new Plan(pipeline, options, null);
        var views = new JobViews();
        JobRun run;
        try
        {
            run = await JobRun.OpenAsync(pipeline, options, store, views, options.RestartFromEpoch, cancellation);
        }
        catch (Exception error)
        {
            TellEnded(pipeline, options, error);
            throw;
        }

        var job = new Job(pipeline, store, options, views, run);
        job.Completion = Task.Factory.StartNew(job.SuperviseAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, options.Scheduler).Unwrap();
        return job;
    }

    /// <summary>One key's state in one keyed operator.</summary>
    /// <param name="operatorName">The operator's name in the pipeline.</param>
    /// <param name="key">The key.</param>
    /// <param name="state">The state's name where an operator has several; null: its first.</param>
    public EntityRef<TKey, TState> Entity<TKey, TState>(string operatorName, TKey key, string? state = null) => new(this, operatorName, key, state);

    /// <summary>Stops reading, commits what was read as a last epoch, and ends; a later start goes on from there.</summary>
    /// <exception cref="ActorStreamsException">The job has failed, now or before; <see cref="Completion"/> has the same error.</exception>
    public Task StopAsync() => StopAsync(CancellationToken.None);

    /// <summary>Stops the same way, and waits for it no longer than it is wanted.</summary>
    /// <param name="cancellation">Ends the wait, not the job: a sink that never returns, or a store that takes nothing, holds the last epoch for as long as it likes. Dispose of the job
    /// to end it without that epoch.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="ActorStreamsException">The job has failed, now or before; <see cref="Completion"/> has the same error.</exception>
    public async Task StopAsync(CancellationToken cancellation)
    {
        Cancellation.Now(_stop);
        await Completion.WaitAsync(cancellation);
    }

    /// <summary>Ends the job at once, without a last epoch: as a crash would, but without leaving anything running.</summary>
    public async ValueTask DisposeAsync()
    {
        Cancellation.Now(_dispose);
        await _run.DisposeAsync();
        try
        {
            await Completion;
        }
        catch (Exception)
        {
            // Completion tells; disposing does not tell again.
        }
    }

    internal async ValueTask<JobReader> OpenReaderAsync(CancellationToken cancellation) =>
        (_store is null ? null : await _store.OpenReaderAsync(_pipeline.Name, cancellation))
        ?? throw new JobException($"Pipeline '{_pipeline.Name}': there is nothing to read, the job has no store or has committed nothing.");

    private async Task SuperviseAsync()
    {
        Exception? error = null;
        try
        {
            await RunToEndAsync();
        }
        catch (Exception failure)
        {
            error = failure;
            throw;
        }
        finally
        {
            TellEnded(_pipeline, _options, error);
        }
    }

    /// <summary>Tells the sources that nobody reads them any more.</summary>
    private static void TellEnded(Pipeline pipeline, JobOptions options, Exception? error)
    {
        foreach (StreamNode node in pipeline.Nodes)
            (node as ISourceNode)?.OnJobEnded(new Sources.SourceContext(pipeline.Name, node.Name, options.Clock), error);
    }

    private async Task RunToEndAsync()
    {
        int failures = 0;
        bool isOpen = true;
        TimeSpan delay = _options.Restart.FirstDelay;
        while (true)
        {
            long before = _run.Epoch;
            try
            {
                if (!isOpen)
                {
                    // Whoever disposes cancels first and reads the run then, so either he finds this one or it ends here.
                    Interlocked.Exchange(ref _run, await JobRun.OpenAsync(_pipeline, _options, _store, Views, null, _dispose.Token));
                    (isOpen, before) = (true, _run.Epoch);
                    _dispose.Token.ThrowIfCancellationRequested();
                }

                bool isCompleted = await _run.RunAsync(_stop.Token);
                if (!isCompleted)
                    await _run.DisposeAsync();
                return;   // the actors of a completed job stay, to answer questions
            }
            catch (Exception error)
            {
                await _run.DisposeAsync();
                isOpen = false;
                if (_run.Epoch > before)
                    (failures, delay) = (0, _options.Restart.FirstDelay);
                if (!CanRestart(error) || ++failures > _options.Restart.MaxRestarts)
                    throw;
                _options.Tell(new JobNotice(_pipeline.Name, JobNoticeKind.Restarting,
                    $"Pipeline '{_pipeline.Name}' restarts from epoch {_run.Epoch} in {delay}, attempt {failures} of {_options.Restart.MaxRestarts}: {error.Message}", error));
            }

            if (await HasStoppedAsync(delay))
                return;
            delay = delay * 2 < _options.Restart.MaxDelay ? delay * 2 : _options.Restart.MaxDelay;
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

    private bool CanRestart(Exception error) =>
        error is not (FencedException or OperationCanceledException or PipelineException) && !_dispose.IsCancellationRequested;
}

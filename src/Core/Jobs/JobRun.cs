using ActorStreams.Core.Epochs;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Jobs;

/// <summary>One run of a job: from the last committed epoch until it completes, is stopped, or fails.</summary>
internal sealed class JobRun : IStageRun, IAsyncDisposable
{
    private readonly Pipeline _pipeline;
    private readonly JobHost _host;
    private readonly Instances _instances;
    private readonly Dictionary<StageLoop, int> _numbers = [];
    private readonly long _attempt;
    private readonly JobJournal? _journal;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly EpochCoordinator _epochs;
    private readonly JobBuild _build;
    private readonly Manifest? _restored;
    private readonly JobReader? _savepoint;
    private StagePlace? _epochsPlace;
    private TaskCompletionSource? _closed;

    private JobRun(Pipeline pipeline, JobOptions options, JobHost host, JobJournal? journal, EpochRecord? last, Manifest? restored,
        JobReader? savepoint, EpochRetention retention, ShardMap shards, IReadOnlyDictionary<StreamNode, IReadOnlyList<string>> partitions,
        JobViews views, long attempt)
    {
        (_pipeline, _host, _journal, _restored, _savepoint) = (pipeline, host, journal, restored, savepoint);
        _build = new JobBuild(new Plan(pipeline, options, partitions), shards, partitions, this, views);
        _attempt = attempt;
        Partitions = [.. partitions.Select(static source => (source.Key.Name, source.Value))];
        foreach (StageLoop actor in _build.Actors)
            _numbers.Add(actor, _numbers.Count);
        _epochs = new EpochCoordinator(pipeline, options, journal, last?.Epoch ?? 0, restored, retention, attempt, _build, _stopping.Token);
        _instances = host.InstancesOf(
            new InstancesOfAttempt(pipeline.Name, attempt, _build.Actors, OnFailed, OnLost, _stopping.Token), this);
    }

    public bool IsVolatile => _journal is null;

    /// <summary>Whether it has ended, and nothing of it runs any more.</summary>
    public bool IsClosed => _closed?.Task.IsCompleted == true;

    public bool WasComplete => _restored is { IsCompleted: true };

    /// <summary>The last committed epoch.</summary>
    public long Epoch => _epochs.Committed;

    /// <summary>Why the store takes nothing at the moment; null when it does.</summary>
    public string? LastStoreError => _epochs.StoreTrouble?.Error;

    /// <summary>Why the store takes nothing at the moment, and since when; null when it does.</summary>
    public StoreTrouble? StoreTrouble => _epochs.StoreTrouble;

    /// <summary>What the epoch on its way waits for, in words.</summary>
    public string Waiting => _epochs.Waiting;

    /// <summary>When the epoch that is ending was asked to (<see cref="SourceClockwork.Now"/>); the largest value: none is.</summary>
    public long EpochBegan => _epochs.Began;

    /// <summary>Whether the store has that epoch.</summary>
    public bool IsCommitting => _epochs.IsCommitting;

    /// <summary>What its instances show of themselves; null: those of other nodes have not told yet.</summary>
    public InstanceFigures? Figures => IsHere ? InstanceFigures.Of(_build) : _instances.Figures;

    /// <summary>Where every source partition stands.</summary>
    public IEnumerable<SourcePosition> Positions() => Figures?.Partitions.Select(static partition => partition.Position) ?? [];

    /// <summary>The instances that the epoch on its way waits for, in words.</summary>
    public IEnumerable<string> NotAtBarrier() => IsHere
        ? _build.Actors.Where(actor => actor.BarrierDone < Epoch + 1).Select(static actor => $"'{actor.Name}'")
        : _epochs.Silent().Select(number => _instances.NodeOf(number) is { } node
            ? $"'{_build.Actors[number].Name}' on node '{node}'" : $"'{_build.Actors[number].Name}'");

    public IReadOnlyList<StageLoop> Actors => _build.Actors;

    /// <summary>What the actors run in; all ended once the run is disposed of.</summary>
    public IReadOnlyList<Task> Tasks => (_instances as LocalInstances)?.Tasks ?? [];

    /// <summary>Whether its instances run in this process.</summary>
    public bool IsHere => _instances is LocalInstances;

    /// <summary>The attempt, by its number: with a store its fencing number.</summary>
    public long Attempt => _attempt;

    /// <summary>Whether it ended because its instances are to move to other nodes.</summary>
    public bool IsMoving => _instances.Moving.IsCancellationRequested;

    /// <summary>Of a job on many nodes: the epochs are told something.</summary>
    public void TellEpochs(object message) => _epochsPlace!.Tell(message);

    /// <summary>Of a job on many nodes: the attempt has failed.</summary>
    public void Fail(Exception error) => _epochs.Fail(error);

    public IReadOnlyList<IRegion> Regions => _build.Regions;

    public Plan Plan => _build.Plan;

    /// <summary>Of each source its partitions.</summary>
    public IReadOnlyList<(string Source, IReadOnlyList<string> Partitions)> Partitions { get; }

    public ShardMap Shards => _build.Shards;

    /// <summary>What sources and regions have counted.</summary>
    public JobMetrics Metrics(int restarts) => (Figures ?? InstanceFigures.Nothing).Metrics(Epoch, restarts);

    /// <summary>Tells the instance that hosts a shard of an operator something that must not wait; from any thread. An attempt that ends
    /// may lose it.</summary>
    public void TellEntities(string operatorName, int shard, object message)
    {
        foreach (IRegion region in _build.Regions)
        {
            if (region.OperatorName == operatorName && region.Shards.Contains(shard))
            {
                region.Context.Inbox.Tell(message, isUrgent: true);
                return;
            }
        }
    }

    /// <summary>Builds and restores everything; nothing runs yet.</summary>
    public static async ValueTask<JobRun> OpenAsync(Pipeline pipeline, JobOptions options, JobHost host, Store? store, JobViews views,
        long? rewindTo, long attempt, CancellationToken cancellation)
    {
        JobJournal? journal = store is null ? null : await store.OpenAsync(pipeline.Name, cancellation);
        JobReader? savepoint = null;
        try
        {
            // A process that goes on with the job has the same options, and must not go back once more.
            if (journal is not null && rewindTo is { } epoch
                && !(host.MovesOn && (await LastAsync(journal, pipeline.Name, cancellation)).Manifest?.RewoundTo == epoch))
                await journal.RewindAsync(epoch, cancellation);
            (EpochRecord? last, Manifest? restored) = await LastAsync(journal, pipeline.Name, cancellation);
            if (journal is not null && options.RestartFromSavepoint is { } name && await Savepoints.OpenAsync(
                options.SavepointStore ?? store!, pipeline.Name, name, restored?.RestoredFrom, cancellation) is { } from)
                (savepoint, restored) = from;
            if (restored is not null)
            {
                RestoreChecks.Removed(pipeline, options, restored);
                RestoreChecks.Definitions(pipeline, restored);
            }

            var partitions = new Dictionary<StreamNode, IReadOnlyList<string>>();
            foreach (StreamNode node in pipeline.Nodes)
            {
                if (node is ISourceNode source)
                    partitions[node] = await RestoreChecks.PartitionsAsync(pipeline, options, store, node, source, restored, cancellation);
            }

            ShardMap shards = restored is null ? new ShardMap(options.Shards, options.DrawKeySeed()) : restored.ShardMap;
            EpochRetention retention = await RetentionAsync(options, views, journal, cancellation);
            var run = new JobRun(pipeline, options, host, journal, last, restored, savepoint, retention, shards, partitions, views,
                journal?.Generation ?? attempt);
            JobJournal? opened = journal;
            journal = null;
            try
            {
                await run.OpenActorsAsync(store, last?.Epoch ?? 0, cancellation);
                return run;
            }
            catch (Exception error)
            {
                try
                {
                    await CheckFenceAsync(pipeline, opened, error);
                }
                finally
                {
                    await run.DisposeAsync();
                }

                throw;
            }
        }
        catch (Exception error)
        {
            await CheckFenceAsync(pipeline, journal, error);
            throw;
        }
        finally
        {
            if (savepoint is not null)
                await savepoint.DisposeAsync();
            if (journal is not null)
                await journal.DisposeAsync();
        }
    }

    private static async ValueTask<(EpochRecord? Last, Manifest? Manifest)> LastAsync(
        JobJournal? journal, string pipeline, CancellationToken cancellation) =>
        journal is null || await journal.LastEpochAsync(cancellation) is not { } last ? default
        : (last, Manifest.Decode(last.Manifest, pipeline, last.Epoch));

    /// <summary>How long epochs stay readable: those of earlier runs by their age, too.</summary>
    private static async ValueTask<EpochRetention> RetentionAsync(
        JobOptions options, JobViews views, JobJournal? journal, CancellationToken cancellation)
    {
        var retention = new EpochRetention(options.RetainEpochs, options.RetainFor, views.Holds);
        if (journal is null || options.RetainFor is null)
            return retention;
        foreach (EpochRecord epoch in await journal.EpochsAsync(cancellation))
            retention.Restore(epoch);
        return retention;
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>True if every source ended and everything is committed; false if the job was stopped, or has read what was
    /// available.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        lock (_lock)
        {
            if (_closed is not null)
                throw new OperationCanceledException($"Pipeline '{_pipeline.Name}': the job was disposed of.");
            _instances.Run();
        }

        if (WasComplete)
        {
            await EndEpochsAsync();
            return true;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop, _instances.Moving);
        await _epochsPlace!.RunAsync(() => _epochs.Start(ending.Token));
        try
        {
            return await _epochs.Result;
        }
        finally
        {
            await EndEpochsAsync();
        }
    }

    private Task EndEpochsAsync() => _epochsPlace!.RunAsync(_epochs.End);

    /// <summary>Ends the epoch now, without waiting for its interval.</summary>
    public void RequestEpoch() => _epochs.RequestEpoch();

    /// <summary>Ends the epoch soon, without waiting for its interval; several askers share one.</summary>
    public void AskForEpoch() => _epochs.AskForEpoch();

    /// <summary>Ends the epoch soon, and tells its number once it is committed.</summary>
    public Task<long> CommitAsync() => _epochs.CommitAsync();

    /// <summary>Ends the input of every source, those that end by themselves and the others.</summary>
    public void Drain(IReadOnlyDictionary<string, bool> endsByItself)
    {
        foreach (StageLoop actor in _build.Actors)
        {
            if (actor.Source is { } source)
                actor.Context.Inbox.Tell(new DrainRequest(endsByItself[source.Name]), isUrgent: true);
        }
    }

    public void Report(StageLoop actor, EpochReport report) =>
        _epochsPlace!.Tell(new EpochReported(_attempt, _numbers[actor], report));

    public void OnSourceEnded(StageLoop actor) => _epochsPlace!.Tell(new SourceEnded(_attempt, _numbers[actor]));

    public void OnCommitTaken(StageLoop actor) => _epochsPlace!.Tell(new CommitTaken(_attempt, _numbers[actor]));

    /// <summary>Ends every actor and closes everything. A second call waits for the first one's end.</summary>
    /// <remarks>Errors of closing are not told: what is committed is committed, and they would hide why the run ended.</remarks>
    public async ValueTask DisposeAsync()
    {
        TaskCompletionSource? closing = null;
        lock (_lock)
        {
            if (_closed is null)
                _closed = closing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (closing is null)
        {
            await _closed.Task;
            return;
        }

        Cancellation.Now(_stopping);
        _epochs.Fail(new OperationCanceledException(_stopping.Token));
        await _instances.AbortAsync();
        if (_epochsPlace is not null)
            await _epochsPlace.RunAsync(_epochs.CloseAsync);
        await _instances.CloseAsync();
        if (_journal is not null)
            await StageLoop.CloseAsync(_journal.DisposeAsync);
        await _host.CloseStagesAsync();
        _stopping.Dispose();
        closing.TrySetResult();
    }

    /// <summary>Whoever takes over a job drops what this one still reads: then being overtaken is why it failed, whatever it failed
    /// with.</summary>
    private static async ValueTask CheckFenceAsync(Pipeline pipeline, JobJournal? journal, Exception error)
    {
        if (journal is null || error is FencedException or OperationCanceledException)
            return;
        try
        {
            await journal.CheckFenceAsync(CancellationToken.None);
        }
        catch (FencedException fenced)
        {
            throw new FencedException($"Pipeline '{pipeline.Name}' was overtaken while it was restoring its state. {fenced.Message}");
        }
        catch (Exception)
        {
            // Whether it is fenced is not known: the first error tells.
        }
    }

    private async ValueTask OpenActorsAsync(Store? store, long epoch, CancellationToken cancellation)
    {
        _epochsPlace = _host.Open("epochs", _epochs.Take, reason => OnLost("epochs", reason));
        _epochs.Open(_epochsPlace);
        var opening = new StageOpening(_savepoint ?? _journal, epoch, _restored, _journal?.Generation ?? 0, store,
            isSavepoint: _savepoint is not null);
        await _instances.OpenAsync(opening, cancellation);
    }

    /// <summary>An actor of the attempt has lost its place to run in.</summary>
    private void OnLost(string actor, string reason) =>
        _epochs.Fail(new JobException($"Pipeline '{_pipeline.Name}', actor '{actor}' failed: {reason}."));

    public void OnFailed(StageLoop actor, Exception error)
    {
        if (error is OperationCanceledException && _stopping.IsCancellationRequested)
            return;   // the run ends: whatever the instance was waiting for does not matter any more
        _epochs.Fail(error is ActorStreamsException ? error : new JobException(
            $"Pipeline '{_pipeline.Name}', actor '{actor.Name}' failed: {error.GetType().Name}: {error.Message}", error));
    }
}

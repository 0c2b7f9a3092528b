using ActorStreams.Authoring;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Epochs;

/// <summary>Walks a run through its epochs.</summary>
/// <remarks>
/// An epoch, in order: barrier to every source; every actor reports at its barrier and goes on with the next epoch; when all have
/// reported, the store commits everything in one transaction; then sinks and sources are told. The next barrier waits for the commit, so at
/// most one epoch is on its way to the store while the next one is being made.
/// </remarks>
internal sealed class EpochCoordinator(
    Pipeline pipeline, JobOptions options, JobJournal? journal, EpochRecord? last, Manifest? restored, JobBuild build, Task failed,
        CancellationToken stopping)
{
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, string> _schemas = restored?.Schemas ?? new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<string, PartitionManifest>> _sources = restored?.Sources
        ?? new(StringComparer.Ordinal);
    private readonly int _sourceActors = build.Actors.Count(actor => actor.Source is not null);
    private readonly EpochAsks _asks = new(options.Clock);
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<StageLoop> _reporters = [];
    private List<EpochReport> _reports = [];
    private bool _isDue;
    private long _began = EventTime.MaxValue;
    private int _endedSources;
    private bool _mayHaveOpenWork = build.Work.IsUsed;
    private long _committed = last?.Epoch ?? 0;

    public long Committed => Volatile.Read(ref _committed);

    /// <summary>When the epoch that is ending was asked to (<see cref="SourceClockwork.Now"/>); the largest value: none is.</summary>
    public long Began => Volatile.Read(ref _began);

    /// <summary>Whether all actors have reported, and the store has the epoch now.</summary>
    public bool IsCommitting { get; private set; }

    public async Task<bool> RunAsync(CancellationToken stop)
    {
        await using CancellationTokenRegistration onStop = stop.UnsafeRegister(static self => ((EpochCoordinator)self!).Wake(), this);
        await using ITimer timer = options.Clock.CreateTimer(static self => ((EpochCoordinator)self!).RequestEpoch(), this,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        build.Work.Changed = Wake;
        while (true)
        {
            bool hasEnded = await WaitForEpochAsync(timer, stop);
            BarrierKind kind = hasEnded ? (options.AvailableNow ? BarrierKind.CaughtUp : BarrierKind.End) : stop.IsCancellationRequested
                ? BarrierKind.Stop : BarrierKind.Periodic;
            await RunEpochAsync(Committed + 1, kind);
            if (kind != BarrierKind.Periodic)
                return kind == BarrierKind.End;
        }
    }

    /// <summary>What the epoch on its way waits for, in words.</summary>
    public string Waiting
    {
        get
        {
            if (StoreTrouble?.Error is { } error)
                return $"the store takes nothing ({OperatorErrors.Sentence(error)[..^1]})";
            lock (_lock)
            {
                string[] silent = [.. build.Actors.Where(actor => !_reporters.Contains(actor)).Select(actor => $"'{actor.Name}'")];
                return silent.Length == 0 ? "it waits for the store"
                    : $"it waits for {string.Join(", ", silent.Take(5))}{(silent.Length > 5 ? $" and {silent.Length - 5} more" : "")}, or what stands before them";
            }
        }
    }

    public void Report(StageLoop actor, EpochReport report)
    {
        bool isLast;
        lock (_lock)
        {
            _reporters.Add(actor);
            _reports.Add(report);
            isLast = _reports.Count == build.Actors.Count;
        }

        if (isLast)
            Wake();
    }

    /// <summary>The interval is over, or somebody does not want to wait for it: an epoch begins after this call, at once or when the one on
    /// its way is committed.</summary>
    public void RequestEpoch()
    {
        lock (_lock)
            _isDue = true;
        Wake();
    }

    /// <summary>Somebody does not want to wait for the end of the interval, but may have to wait a few milliseconds.</summary>
    /// <returns>The number of an epoch that began after this call, once it is committed.</returns>
    /// <exception cref="JobException">The run has ended, or ends before.</exception>
    public Task<long> CommitAsync()
    {
        Task<long> committed = _asks.Add();
        Wake();
        return committed;
    }

    /// <summary>The same, for who is told of the commit anyway.</summary>
    public void AskForEpoch()
    {
        _asks.AddSilently();
        Wake();
    }

    /// <summary>The run is over: nobody waits for an epoch any more.</summary>
    public void EndAsks() =>
        _asks.End(new JobException(
            $"Pipeline '{pipeline.Name}': the run of the job has ended after epoch {Committed}, and no epoch was committed for this call. If the job restarts, ask again."));

    public void OnSourceEnded()
    {
        bool all;
        lock (_lock)
            all = ++_endedSources == _sourceActors;
        if (all)
            Wake();
    }

    /// <summary>Something that the coordinator waits for may have happened.</summary>
    /// <remarks>One task for everything: <c>Task.WhenAny</c> would finish on the thread pool, out of the scheduler's sight.</remarks>
    public void Wake()
    {
        TaskCompletionSource wake;
        lock (_lock)
            (wake, _wake) = (_wake, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        wake.TrySetResult();
    }

    /// <summary>Waits until the interval is over, or until there is nothing more to wait for.</summary>
    /// <returns>Whether every source has ended, and an epoch since has found no work left open.</returns>
    private async Task<bool> WaitForEpochAsync(ITimer timer, CancellationToken stop)
    {
        timer.Change(options.EpochInterval, Timeout.InfiniteTimeSpan);
        while (true)
        {
            Task wake;
            TimeSpan? asked = _asks.Due;
            if (asked > TimeSpan.Zero)
                timer.Change(asked.Value, Timeout.InfiniteTimeSpan);
            lock (_lock)
            {
                bool areSourcesEnded = _endedSources == _sourceActors;
                if (areSourcesEnded && !_mayHaveOpenWork && !failed.IsCompleted)
                    return true;
                if ((_isDue || asked == TimeSpan.Zero || (areSourcesEnded && build.Work.WantsEpoch) || stop.IsCancellationRequested)
                    && !failed.IsCompleted)
                {
                    // Taken here and nowhere else: a request made while an epoch is on its way asks for the next one.
                    _isDue = false;
                    return false;
                }

                wake = _wake.Task;
            }

            if (failed.IsCompleted)
                await failed;
            await wake;
        }
    }

    private async Task<List<EpochReport>> CollectAsync()
    {
        while (true)
        {
            Task wake;
            lock (_lock)
            {
                if (_reports.Count == build.Actors.Count && !failed.IsCompleted)
                    return _reports;
                wake = _wake.Task;
            }

            if (failed.IsCompleted)
                await failed;
            await wake;
        }
    }

    private async Task RunEpochAsync(long epoch, BarrierKind kind)
    {
        bool areSourcesEnded;
        lock (_lock)
        {
            _reports = [];
            _reporters.Clear();
            areSourcesEnded = _endedSources == _sourceActors;
        }

        _asks.OnBegun();
        Volatile.Write(ref _began, SourceClockwork.Now(options.Clock));
        foreach (StageLoop actor in build.Actors)
        {
            if (actor.Source is not null)
                actor.RequestBarrier(epoch, kind);
        }

        List<EpochReport> reports = await CollectAsync();
        _mayHaveOpenWork = build.Work.IsUsed && !(areSourcesEnded && reports.TrueForAll(static report => !report.HasOpenWork));
        IsCommitting = journal is not null;
        if (journal is not null)
            await CommitAsync(journal, CommitOf(epoch, kind, reports));
        IsCommitting = false;
        Volatile.Write(ref _committed, epoch);
        await TellAsync(reports);
        Volatile.Write(ref _began, EventTime.MaxValue);
        _asks.OnCommitted(epoch);   // last: views show the epoch, and sources have acknowledged its rows
    }

    private async Task TellAsync(List<EpochReport> reports)
    {
        foreach (EpochReport report in reports)
        {
            foreach (Func<CancellationToken, ValueTask> committed in report.Committed)
                await committed(stopping);
        }
    }

    private async Task CommitAsync(JobJournal target, EpochCommit commit)
    {
        TimeSpan wait = s_firstRetry;
        bool isPaused = false;
        while (true)
        {
            try
            {
                await target.CommitAsync(commit, stopping);
                break;
            }
            catch (StoreException error) when (error.IsTransient && !failed.IsFaulted)
            {
                // A full disk or a lost connection: sources wait, nothing is lost, and the same epoch is tried again.
                Pause(true);
                StoreTrouble = new StoreTrouble(error.Message, StoreTrouble?.Since ?? options.Clock.GetUtcNow());
                if (!isPaused)
                {
                    isPaused = true;
                    options.Tell(
                        new JobNotice(pipeline.Name, JobNoticeKind.StoreUnavailable,
                        $"Pipeline '{pipeline.Name}', epoch {commit.Epoch}: sources wait until the store takes the epoch. {error.Message}",
                        error));
                }

                await Task.Delay(wait, options.Clock, stopping);
                wait = wait * 2 < s_lastRetry ? wait * 2 : s_lastRetry;
            }
        }

        StoreTrouble = null;
        if (isPaused)
        {
            Pause(false);
            options.Tell(
                new JobNotice(pipeline.Name, JobNoticeKind.StoreAvailable,
                $"Pipeline '{pipeline.Name}', epoch {commit.Epoch}: the store has taken it, sources go on.", null));
        }
    }

    /// <summary>Why the store takes nothing at the moment, and since when; null when it does.</summary>
    public StoreTrouble? StoreTrouble { get; private set; }

    private void Pause(bool isPaused)
    {
        foreach (StageLoop actor in build.Actors)
        {
            if (actor.Source is not null)
                actor.Pause(isPaused);
        }
    }

    private EpochCommit CommitOf(long epoch, BarrierKind kind, List<EpochReport> reports)
    {
        var operators = new SortedDictionary<string, OperatorManifest>(StringComparer.Ordinal);
        var sinks = new SortedDictionary<string, SortedDictionary<int, byte[]>>(StringComparer.Ordinal);
        var events = new List<JournalEvent>();
        var tables = new List<TableWrite>();
        var topics = new List<TopicWrite>();
        var journals = new Dictionary<string, ShardHead[]>(StringComparer.Ordinal);

        // Before any counter makes an entry: a watermark is the least of those reported, and some actors only report counters.
        foreach ((string name, long watermark) in reports.SelectMany(report => report.Watermarks))
        {
            OperatorManifest found = Child(operators, name, out bool isNew);
            found.Watermark = isNew ? watermark : Math.Min(found.Watermark, watermark);
        }

        foreach (EpochReport report in reports)
        {
            events.AddRange(report.Events);
            foreach ((string name, int first, ShardHead[] heads) in report.Journals)
                heads.CopyTo(
                    (journals.TryGetValue(name, out ShardHead[]? all) ? all
                    : journals[name] = new ShardHead[build.Shards.Count]).AsSpan(first));
            foreach ((string source, string partition, PartitionManifest state) in report.Partitions)
                Child(_sources, source)[partition] = state;
            foreach ((string name, string counter, long value) in report.Counters)
            {
                SortedDictionary<string, long> counters = Child(operators, name, out _).Counters;
                counters[counter] = counters.GetValueOrDefault(counter) + value;
            }

            foreach ((string id, string text) in report.Schemas)
                _schemas[id] = text;
            foreach (SinkReport sink in report.Sinks)
            {
                tables.AddRange(sink.Output.Tables);
                topics.AddRange(sink.Output.Topics);
                if (sink.Output.Handle is not null)
                    Child(sinks, sink.Sink)[sink.Writer] = sink.Output.Handle;
            }
        }

        foreach ((string name, ShardHead[] heads) in journals)
            Child(operators, name, out _).Journal = ShardHead.Encode(heads);
        foreach (StreamNode node in pipeline.Nodes)
        {
            if (node.Definition is not null && operators.TryGetValue(node.Name, out OperatorManifest? written))
                written.Definition = node.Definition;
        }

        var manifest = new Manifest
        {
            Pipeline = pipeline.Name,
            Shards = build.Shards.Count,
            KeySeed = build.Shards.Seed,
            AreKeysByEquality = true,
            Parallelism = options.Parallelism,
            IsCompleted = kind == BarrierKind.End,
            TellsJournals = true,
            Sources = _sources,
            Operators = operators,
            Sinks = sinks,
            Schemas = _schemas,
        };
        return new EpochCommit
        {
            Epoch = epoch,
            CommittedAt = options.Clock.GetUtcNow().ToMicros(),
            Manifest = manifest.Encode(),
            Events = events,
            Tables = tables,
            Topics = topics,
            RetainFrom = Math.Max(1, epoch - options.RetainEpochs + 1),
        };
    }

    private static TChild Child<TKey, TChild>(SortedDictionary<TKey, TChild> parent, TKey key)
        where TKey : notnull
        where TChild : class, new() => Child(parent, key, out _);

    private static TChild Child<TKey, TChild>(SortedDictionary<TKey, TChild> parent, TKey key, out bool isNew)
        where TKey : notnull
        where TChild : class, new()
    {
        isNew = !parent.TryGetValue(key, out TChild? child);
        if (isNew)
            parent[key] = child = new TChild();
        return child!;
    }
}

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ActorStreams.Persistence.Memory;
using ActorStreams.Persistence.Shared;

namespace ActorStreams.TestKit;

/// <summary>A store whose truth is the log on a <see cref="SimulatedDisk"/>: made anew from the disk, it knows what a crash has
/// left.</summary>
/// <remarks>One writer at a time appends, synchronises, and only then applies and answers. The rules are those of every store.</remarks>
public sealed class SimulatedStore : Store
{
    private readonly SimulatedDisk _disk;
    private readonly SimulationScheduler? _scheduler;
    private readonly FaultPlan _faults;
    private readonly Dictionary<string, MemoryJob> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MemoryTable> _tables = new(StringComparer.Ordinal);
    private readonly MemoryTopics _topics = new("simulated disk");
    private readonly TopicWakes _wakes = new();
    private Task _writing = Task.CompletedTask;

    /// <summary>Opens what is on the disk.</summary>
    /// <param name="disk">The disk, which may have been through a crash.</param>
    public SimulatedStore(SimulatedDisk disk)
        : this(disk, null, FaultPlan.None())
    {
    }

    internal SimulatedStore(SimulatedDisk disk, SimulationScheduler? scheduler, FaultPlan faults)
    {
        ArgumentNullException.ThrowIfNull(disk);
        (_disk, _scheduler, _faults) = (disk, scheduler, faults);
        Topics = new Log(this);
        foreach (ReadOnlyMemory<byte> frame in disk.Recover())
            Apply(LogRecord.Decode(frame.Span));
    }

    /// <inheritdoc/>
    public override string Description => "simulated disk";

    /// <inheritdoc/>
    public override string Durability => "Survives simulated crashes.";

    /// <inheritdoc/>
    public override TopicLog Topics { get; }

    /// <summary>The committed rows of a table, in the order in which they came; empty if nothing was written to it.</summary>
    public IReadOnlyList<object?[]> ReadTable(string name) => _tables.TryGetValue(name, out MemoryTable? table) ? table.Rows() : [];

    /// <inheritdoc/>
    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        await ReachAsync(mayFail: true, cancellation);
        TaskCompletionSource turn = await TakeTurnAsync();
        try
        {
            LogRecord opening = LogRecord.Opening(job, _jobs.TryGetValue(job, out MemoryJob? stored) ? stored.Generation + 1 : 1);
            await WriteAsync(opening);
            Apply(opening);
            return new Journal(this, job, opening.Generation);
        }
        finally
        {
            turn.SetResult();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        new(_jobs.ContainsKey(job) ? new Journal(this, job, 0) : null);

    /// <summary>The entries of every partition of a topic; none if it is not there.</summary>
    internal IEnumerable<TopicEntry> ReadTopic(string name) =>
        Enumerable.Range(0, _topics.Find(name)?.Spec.Partitions ?? 0)
            .SelectMany(partition => _topics.Of(name).Read(partition, 0, int.MaxValue));

    /// <summary>The newest committed epoch of a job; 0 before the first.</summary>
    internal long LastEpoch(string job) => _jobs.TryGetValue(job, out MemoryJob? stored) ? stored.LastEpoch : 0;

    private async ValueTask CommitAsync(string name, long generation, EpochCommit commit, CancellationToken cancellation)
    {
        await ReachAsync(mayFail: true, cancellation);
        CommitContent content = CommitContent.Of(name, commit);
        TaskCompletionSource turn = await TakeTurnAsync();
        try
        {
            MemoryJob job = _jobs[name];
            if (CommitRules.IsNext(Description, name, commit.Epoch, generation, job.Generation, job.LastEpoch))
            {
                _topics.Check(content.Topics);
                LogRecord record = LogRecord.Of(name, generation, commit, content.Fingerprint);
                await WriteAsync(record);
                Apply(record);
                _scheduler?.Trace(BinaryPrimitives.ReadUInt64LittleEndian(content.Fingerprint));
            }
            else
            {
                CommitRules.CheckSame(name, commit.Epoch, job.FingerprintOf(commit.Epoch), content.Fingerprint);
            }
        }
        finally
        {
            turn.SetResult();
        }

        _wakes.Wake(content.Topics);
        if (_faults.Strikes(FaultKind.CommitUnknown, 40))
            throw new InjectedFault("the connection was lost during the commit", isTransient: _faults.Random.Chance(700));
    }

    /// <summary>The way to the store: it may be long, and may end before the store.</summary>
    private async ValueTask ReachAsync(bool mayFail, CancellationToken cancellation)
    {
        _scheduler?.CheckThread("The store was called");
        cancellation.ThrowIfCancellationRequested();
        if (_scheduler is not null && _faults.Strikes(FaultKind.SlowStore, 40))
            await Task.Delay(_faults.Delay(), _scheduler.Clock, cancellation);
        if (mayFail && _faults.Strikes(FaultKind.StoreError, 40))
            throw new InjectedFault("the disk is full", isTransient: true);
        if (mayFail && _faults.Strikes(FaultKind.StoreFailure, 10))
            throw new InjectedFault("the disk gave an error", isTransient: false);
    }

    private async ValueTask<TaskCompletionSource> TakeTurnAsync()
    {
        while (!_writing.IsCompleted)
            await _writing;
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _writing = turn.Task;
        return turn;
    }

    private async ValueTask WriteAsync(LogRecord record)
    {
        _disk.Append(record.Encode());
        if (_scheduler is not null)
            await Task.Yield();   // a step of its own: the power may go between writing and synchronising
        _disk.Sync();
    }

    private void Apply(LogRecord record)
    {
        if (record.Topic is var (opened, schema))
        {
            _topics.Open(opened, schema);
            return;
        }

        if (!_jobs.TryGetValue(record.Job, out MemoryJob? job))
            _jobs.Add(record.Job, job = new MemoryJob(record.Job));
        if (record.Commit is null)
        {
            job.Generation = record.Generation;
            return;
        }

        foreach ((TableSpec spec, List<MemoryTable.BoundRow> rows) in record.Rows)
        {
            if (!_tables.TryGetValue(spec.Name, out MemoryTable? table))
                _tables.Add(spec.Name, table = new MemoryTable(spec));
            rows.ForEach(table.Add);
        }

        if (record.Commit.Topics.Count > 0)
            _topics.Add(CommitContent.Of(record.Job, record.Commit).Topics, record.Commit.CommittedAt);
        job.Add(record.Commit, record.Generation, record.Fingerprint);
    }

    private sealed class Log(SimulatedStore store) : TopicLog
    {
        public override async ValueTask<(Topic Topic, int Schema)> OpenAsync(TopicSpec spec, Schema schema,
            CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            TaskCompletionSource turn = await store.TakeTurnAsync();
            try
            {
                TopicRules.Check(spec);
                if (store._topics.Find(spec.Name) is { } there)
                    TopicRules.CheckExisting(spec, there.Spec, store.Description);
                LogRecord opening = LogRecord.OpeningTopic(spec, schema);
                await store.WriteAsync(opening);
                store.Apply(opening);
                return store._topics.Open(spec, schema);
            }
            finally
            {
                turn.SetResult();
            }
        }

        public override async ValueTask<Topic?> FindAsync(string name, CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            return store._topics.Find(name);
        }

        public override async ValueTask<TopicRange> RangeAsync(string name, int partition, CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            return store._topics.Of(name).Range(partition);
        }

        public override async ValueTask<IReadOnlyList<TopicEntry>> ReadAsync(string name, int partition, long from, int maxBytes,
            CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            return store._topics.Of(name).Read(partition, from, maxBytes);
        }

        public override async ValueTask<long> EntryAtAsync(string name, int partition, long time, CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            return store._topics.Of(name).EntryAt(partition, time);
        }

        public override ValueTask CompactAsync(string name, DateTimeOffset now, CancellationToken cancellation = default) =>
            throw new NotSupportedException("A simulated store compacts by itself, so that its log gives the same topics again.");

        public override IDisposable OnAppended(string name, Action appended) => store._wakes.Add(name, appended);
    }

    private sealed class Journal(SimulatedStore store, string name, long generation) : JobJournal
    {
        private MemoryJob Job => store._jobs[name];

        public override long Generation => generation;

        public override async ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            return Job.Epochs();
        }

        public override async ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            return Job.Last();
        }

        public override async IAsyncEnumerable<JournalEvent> ReadAsync(
            string operatorName, int firstShard, int count, long epoch, [EnumeratorCancellation] CancellationToken cancellation = default)
        {
            await store.ReachAsync(mayFail: true, cancellation);
            foreach (JournalEvent entry in Job.Read(operatorName, firstShard, count, epoch))
                yield return entry;
        }

        public override ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default) =>
            store.CommitAsync(name, generation, commit, cancellation);

        public override ValueTask CheckFenceAsync(CancellationToken cancellation = default)
        {
            CommitRules.CheckGeneration(store.Description, name, generation, Job.Generation);
            return ValueTask.CompletedTask;
        }

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default) =>
            throw new NotSupportedException("A simulated store keeps its log: rewind a job in a store of another kind.");
    }
}

/// <summary>An error the simulation made: the one kind that says nothing about the engine.</summary>
internal sealed class InjectedFault(string message, bool isTransient) : StoreException($"Simulated: {message}.", isTransient);

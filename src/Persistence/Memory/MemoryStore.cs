using System.Runtime.CompilerServices;
using ActorStreams.Persistence.Memory;
using ActorStreams.Persistence.Shared;

namespace ActorStreams;

/// <summary>A store that lives as long as this object: for tests, and for jobs whose state may be lost with the process.</summary>
/// <remarks>Has no thread of its own and completes every call before it returns, so a simulated job replays from its seed.</remarks>
public sealed class MemoryStore : Store
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryJob> _jobs = [];
    private readonly Dictionary<string, MemoryTable> _tables = [];
    private readonly MemoryTopics _topics = new("memory");
    private readonly TopicWakes _wakes = new();

    /// <summary>Makes an empty store.</summary>
    public MemoryStore() => Topics = new Log(this);

    /// <inheritdoc/>
    public override string Description => "memory";

    /// <inheritdoc/>
    public override string Durability => "Survives the failure of a job, not the end of the process.";

    /// <inheritdoc/>
    public override TopicLog Topics { get; }

    /// <summary>The rows of a table, a copy each, in the order in which they came; empty if nothing was written to it.</summary>
    /// <param name="name">The table's name.</param>
    /// <returns>By column: <see cref="long"/>, <see cref="double"/>, <see cref="string"/>, <see cref="bool"/>, <c>byte[]</c>,
    /// <see cref="DateTimeOffset"/> or null.</returns>
    public IReadOnlyList<object?[]> ReadTable(string name)
    {
        lock (_gate)
            return _tables.TryGetValue(name, out MemoryTable? table) ? table.Rows() : [];
    }

    /// <summary>Forgets what nodes have prepared and nobody has committed, as a server does that has crashed: for simulations.</summary>
    internal void LosePrepared()
    {
        lock (_gate)
        {
            foreach (MemoryJob job in _jobs.Values)
                job.LosePrepared();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(job);
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_jobs.TryGetValue(job, out MemoryJob? stored))
                _jobs.Add(job, stored = new MemoryJob(job));
            return new(new Journal(this, job, stored, ++stored.Generation));
        }
    }

    /// <inheritdoc/>
    /// <remarks>Its nodes are those of one process: ActorSystems that share this object.</remarks>
    public override bool TakesNodes => true;

    /// <inheritdoc/>
    public override ValueTask<NodeJournal> OpenNodeAsync(string job, long generation, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
            return new(new Node(this, job, _jobs.TryGetValue(job, out MemoryJob? stored) ? stored
                : throw new StoreException($"{Description}: there is no job '{job}'; its writer opens it first."), generation));
    }

    /// <inheritdoc/>
    public override ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
            return new(_jobs.TryGetValue(job, out MemoryJob? stored) ? new Reader(this, stored) : null);
    }

    private void Commit(string name, MemoryJob job, long generation, EpochCommit commit)
    {
        if (commit.Prepared.Count > 0)
        {
            lock (_gate)
            {
                CommitRules.CheckGeneration(Description, name, generation, job.Generation);
                commit = job.WithPrepared(Description, commit, generation);
            }
        }

        CommitContent content = CommitContent.Of(name, commit);
        List<MemoryTable.BoundRow>[] rows = [.. commit.Tables.Select(MemoryTable.Bind)];
        lock (_gate)
        {
            if (!CommitRules.IsNext(Description, name, commit.Epoch, generation, job.Generation, job.LastEpoch))
            {
                CommitRules.CheckSame(name, commit.Epoch, job.FingerprintOf(commit.Epoch), content.Fingerprint);
                return;
            }

            Dictionary<string, TableSpec> created = [];
            foreach (TableSpec spec in commit.Tables.Select(t => t.Table))
            {
                TableSpec there = _tables.TryGetValue(spec.Name, out MemoryTable? table) ? table.Spec
                    : created.TryGetValue(spec.Name, out TableSpec? first) ? first : spec;
                TableRules.CheckExisting(spec, Description, spec.Columns.Select(Format), there.Columns.Select(Format));
                created[spec.Name] = there;
            }

            _topics.Check(content.Topics);

            // nothing below fails
            foreach (TableSpec spec in created.Values)
                _tables.TryAdd(spec.Name, new MemoryTable(spec));
            for (int i = 0; i < rows.Length; i++)
            {
                MemoryTable table = _tables[commit.Tables[i].Table.Name];
                rows[i].ForEach(table.Add);
                if (commit.Tables[i].Trim is { } trim)
                    table.Trim(trim);
            }

            _topics.Add(content.Topics, commit.CommittedAt);
            job.Add(commit, generation, content.Fingerprint);
            job.DropPrepared();
        }

        _wakes.Wake(content.Topics);
    }

    private static string Format(TableColumn column) => $"{column.Name} {column.Type}{(column.IsKey ? " key" : "")}";

    private static async IAsyncEnumerable<JournalEvent> Stream(List<JournalEvent> events,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await ValueTask.CompletedTask;
        foreach (JournalEvent journalEvent in events)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return journalEvent;
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
            return read();
    }

    private sealed class Node(MemoryStore store, string name, MemoryJob job, long generation) : NodeJournal
    {
        public override long Generation => generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            new(store.Locked(job.Epochs));

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => new(store.Locked(job.Last));

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) =>
            Stream(store.Locked(() => job.Read(operatorName, firstShard, count, epoch)), cancellation);

        public override ValueTask<PreparedPart> PrepareAsync(EpochPart part, CancellationToken cancellation = default)
        {
            cancellation.ThrowIfCancellationRequested();
            PreparedContent content = PreparedContent.Of(name, part);
            lock (store._gate)
                job.Prepare(generation, part, content);
            return new(content.Part);
        }
    }

    private sealed class Reader(MemoryStore store, MemoryJob job) : JobReader
    {
        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            new(store.Locked(job.Epochs));

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => new(store.Locked(job.Last));

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) =>
            Stream(store.Locked(() => job.Read(operatorName, firstShard, count, epoch)), cancellation);
    }

    private sealed class Journal(MemoryStore store, string name, MemoryJob job, long generation) : JobJournal
    {
        public override long Generation => generation;

        public override ValueTask<IReadOnlyList<EpochRecord>> EpochsAsync(CancellationToken cancellation = default) =>
            new(store.Locked(job.Epochs));

        public override ValueTask<EpochRecord?> LastEpochAsync(CancellationToken cancellation = default) => new(store.Locked(job.Last));

        public override IAsyncEnumerable<JournalEvent> ReadAsync(string operatorName, int firstShard, int count, long epoch,
            CancellationToken cancellation = default) =>
            Stream(store.Locked(() => job.Read(operatorName, firstShard, count, epoch)), cancellation);

        public override ValueTask CommitAsync(EpochCommit commit, CancellationToken cancellation = default)
        {
            cancellation.ThrowIfCancellationRequested();
            store.Commit(name, job, generation, commit);
            return ValueTask.CompletedTask;
        }

        public override ValueTask CheckFenceAsync(CancellationToken cancellation = default)
        {
            CommitRules.CheckGeneration(store.Description, name, generation, store.Locked(() => job.Generation));
            return ValueTask.CompletedTask;
        }

        public override ValueTask RewindAsync(long epoch, CancellationToken cancellation = default)
        {
            lock (store._gate)
            {
                CommitRules.CheckGeneration(store.Description, name, generation, job.Generation);
                job.Rewind(epoch);
            }

            return ValueTask.CompletedTask;
        }
    }

    private sealed class Log(MemoryStore store) : TopicLog
    {
        public override ValueTask<(Topic Topic, int Schema)> OpenAsync(TopicSpec spec, Schema schema,
            CancellationToken cancellation = default) =>
            new(store.Locked(() => store._topics.Open(spec, schema)));

        public override ValueTask<Topic?> FindAsync(string name, CancellationToken cancellation = default) =>
            new(store.Locked(() => store._topics.Find(name)));

        public override ValueTask<TopicRange> RangeAsync(string name, int partition, CancellationToken cancellation = default) =>
            new(store.Locked(() => store._topics.Of(name).Range(partition)));

        public override ValueTask<IReadOnlyList<TopicEntry>> ReadAsync(string name, int partition, long from, int maxBytes,
            CancellationToken cancellation = default) =>
            new(store.Locked(() => store._topics.Of(name).Read(partition, from, maxBytes)));

        public override ValueTask<long> EntryAtAsync(string name, int partition, long time, CancellationToken cancellation = default) =>
            new(store.Locked(() => store._topics.Of(name).EntryAt(partition, time)));

        public override ValueTask CompactAsync(string name, DateTimeOffset now, CancellationToken cancellation = default)
        {
            lock (store._gate)
                store._topics.Of(name).Compact(EventTime.ToMicros(now), byKey: true);
            return ValueTask.CompletedTask;
        }

        public override IDisposable OnAppended(string name, Action appended) => store._wakes.Add(name, appended);
    }
}

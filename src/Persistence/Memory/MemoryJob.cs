using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Memory;

/// <summary>What one job committed. Guarded by its store's lock, which is never held across an await.</summary>
internal sealed class MemoryJob(string name)
{
    private readonly SortedList<long, StoredEpoch> _epochs = [];
    private readonly Dictionary<(string Operator, int Shard), List<JournalEvent>> _journal = [];
    private readonly Dictionary<(long Generation, long Epoch, int Instance), StoredPart> _prepared = [];

    public long Generation { get; set; }

    public long LastEpoch { get; private set; }

    public IReadOnlyList<EpochRecord> Epochs() => [.. _epochs.Values.Select(e => e.Record)];

    public EpochRecord? Last() => _epochs.Count == 0 ? null : _epochs.Values[^1].Record;

    public ReadOnlySpan<byte> FingerprintOf(long epoch) => _epochs.TryGetValue(epoch, out StoredEpoch stored) ? stored.Fingerprint
        : default;

    /// <summary>Payloads are copied: the caller's buffers are its own again when the commit returns.</summary>
    public void Add(EpochCommit commit, long generation, byte[] fingerprint)
    {
        foreach (JournalEvent journalEvent in commit.Events)
        {
            (string, int) at = (journalEvent.Operator, journalEvent.Shard);
            if (!_journal.TryGetValue(at, out List<JournalEvent>? events))
                _journal.Add(at, events = []);
            events.Add(journalEvent with { Payload = journalEvent.Payload.ToArray() });
        }

        _epochs.Add(commit.Epoch,
            new(new EpochRecord(commit.Epoch, generation, commit.CommittedAt, commit.Manifest.ToArray()), fingerprint));
        LastEpoch = commit.Epoch;
        Retain(Math.Min(commit.RetainFrom, commit.Epoch), snapshotsTaken: commit.Events.Any(e => e.IsSnapshot));
    }

    /// <summary>Keeps what a node hands over until its epoch is committed; of a generation that was overtaken nothing is kept.</summary>
    public void Prepare(long generation, EpochPart part, PreparedContent content)
    {
        if (generation != Generation)
            return;
        _prepared[(generation, part.Epoch, part.Instance)] = new StoredPart(
            [.. part.Events.Select(one => one with { Payload = one.Payload.ToArray() })], content.Outputs, content.Part);
    }

    /// <summary>The commit with all that nodes have prepared for it.</summary>
    /// <exception cref="StoreException">Some of it is missing.</exception>
    public EpochCommit WithPrepared(string where, EpochCommit commit, long generation)
    {
        List<JournalEvent> events = [.. commit.Events];
        List<TableWrite> tables = [.. commit.Tables];
        List<TopicWrite> topics = [.. commit.Topics];
        var found = new Dictionary<int, (int Events, int Outputs, uint Sum)>();
        foreach (PreparedPart part in commit.Prepared)
        {
            if (!_prepared.TryGetValue((generation, commit.Epoch, part.Instance), out StoredPart stored))
                continue;
            found.Add(part.Instance, (stored.Events.Count, stored.Outputs.Count, stored.Part.Sum));
            events.AddRange(stored.Events);
            foreach (byte[] output in stored.Outputs)
                OutputBlob.Read(output, tables, topics);
        }

        PreparedContent.CheckAll(where, name, commit, found);
        return commit with { Events = events, Tables = tables, Topics = topics };
    }

    /// <summary>Forgets what was prepared for epochs before the last one, or by those who were overtaken.</summary>
    public void DropPrepared()
    {
        foreach ((long Generation, long Epoch, int Instance) key in _prepared.Keys.ToArray())
        {
            if (key.Generation < Generation || key.Epoch < LastEpoch)
                _prepared.Remove(key);
        }
    }

    /// <summary>Forgets all that was prepared.</summary>
    public void LosePrepared() => _prepared.Clear();

    public void Rewind(long epoch)
    {
        if (!_epochs.ContainsKey(epoch))
            throw CommitRules.NotRetained(name, epoch);
        while (_epochs.Keys[^1] > epoch)
            _epochs.RemoveAt(_epochs.Count - 1);
        foreach (List<JournalEvent> events in _journal.Values)
            events.RemoveAll(e => e.Epoch > epoch);
        LastEpoch = epoch;
    }

    public List<JournalEvent> Read(string operatorName, int firstShard, int count, long epoch)
    {
        if (!_epochs.ContainsKey(epoch))
            throw CommitRules.NotRetained(name, epoch);
        List<JournalEvent> found = [];
        foreach ((string op,
            int shard) in _journal.Keys.Where(k => k.Operator == operatorName && k.Shard >= firstShard && k.Shard - firstShard < count)
            .OrderBy(k => k.Shard))
        {
            List<JournalEvent> events = _journal[(op, shard)];
            long from = NewestSnapshot(events, epoch);
            found.AddRange(events.Where(e => e.Epoch >= from && e.Epoch <= epoch).OrderBy(e => e.Epoch).ThenBy(e => e.Part));
        }

        return found;
    }

    private void Retain(long from, bool snapshotsTaken)
    {
        bool moved = false;
        for (; _epochs.Keys[0] < from; moved = true)
            _epochs.RemoveAt(0);
        if (!moved && !snapshotsTaken)
            return;
        long oldest = _epochs.Keys[0];
        foreach (List<JournalEvent> events in _journal.Values)
        {
            long needed = NewestSnapshot(events, oldest);
            if (events.Count > 0 && events[0].Epoch < needed)
                events.RemoveAll(e => e.Epoch < needed);
        }
    }

    private static long NewestSnapshot(List<JournalEvent> events, long epoch)
    {
        for (int i = events.Count - 1; i >= 0; i--)
        {
            if (events[i].IsSnapshot && events[i].Epoch <= epoch)
                return events[i].Epoch;
        }

        return 0;
    }

    private readonly record struct StoredPart(IReadOnlyList<JournalEvent> Events, IReadOnlyList<byte[]> Outputs, PreparedPart Part);

    private readonly record struct StoredEpoch(EpochRecord Record, byte[] Fingerprint);
}

using ActorStreams.Persistence.Shared;

namespace ActorStreams.Persistence.Memory;

/// <summary>The topics of a memory store. Guarded by the store's lock.</summary>
internal sealed class MemoryTopics(string where)
{
    private readonly Dictionary<string, MemoryTopic> _topics = new(StringComparer.Ordinal);

    public (Topic Topic, int Schema) Open(TopicSpec spec, Schema schema)
    {
        TopicRules.Check(spec);
        if (_topics.TryGetValue(spec.Name, out MemoryTopic? topic))
            TopicRules.CheckExisting(spec, topic.Spec, where);
        else
            _topics.Add(spec.Name, topic = new MemoryTopic(spec, where));
        return topic.Open(spec, schema);
    }

    public Topic? Find(string name) => _topics.TryGetValue(name, out MemoryTopic? topic) ? topic.Topic : null;

    public MemoryTopic Of(string name) => _topics.TryGetValue(name, out MemoryTopic? topic) ? topic
        : throw TopicRules.NotThere(name, where);

    /// <summary>Fails before anything is changed.</summary>
    public void Check(IReadOnlyList<TopicAppends> appends)
    {
        foreach (TopicAppends append in appends)
            append.Check(Of(append.Topic).Spec.Partitions, Of(append.Topic).Topic.Schemas.Count);
    }

    public void Add(IReadOnlyList<TopicAppends> appends, long writtenAt)
    {
        foreach (TopicAppends append in appends)
            Of(append.Topic).Add(append, writtenAt);
    }
}

/// <summary>One of them.</summary>
internal sealed class MemoryTopic(TopicSpec spec, string where)
{
    private readonly List<Schema> _schemas = [];
    private readonly TopicHead[] _heads = [.. Enumerable.Range(0, spec.Partitions).Select(_ => new TopicHead(0, 0, new TopicProducers()))];
    private readonly List<(TopicEntry Entry, uint Checksum)>[] _entries = [.. Enumerable.Range(0, spec.Partitions)
        .Select(_ => new List<(TopicEntry, uint)>())];
    private long _appended;

    public TopicSpec Spec { get; private set; } = spec;

    public Topic Topic => new(Spec, [.. _schemas]);

    public (Topic Topic, int Schema) Open(TopicSpec spec, Schema schema)
    {
        Spec = spec;
        int at = _schemas.IndexOf(schema);
        if (at < 0)
            _schemas.Add(schema);
        return (Topic, at < 0 ? _schemas.Count - 1 : at);
    }

    /// <summary>The producers are copied: the reader looks at them outside of the lock.</summary>
    public TopicRange Range(int partition) =>
        _heads[partition].Range with { Producers = TopicProducers.Decode(_heads[partition].Producers()) };

    /// <summary>Payloads are copied: the caller's buffers are its own again when the commit returns.</summary>
    public void Add(TopicAppends append, long writtenAt)
    {
        for (int partition = 0; partition < _heads.Length; partition++)
        {
            foreach ((TopicEntry entry, uint checksum) in append.AppendTo(partition, _heads[partition], writtenAt))
            {
                _entries[partition].Add((entry with { Payload = entry.Payload.ToArray() }, checksum));
                _appended += entry.Records;
            }
        }

        if (!TopicRetention.Drops(Spec))
            return;
        bool isDirty = Spec.IsCompacted
            && TopicRetention.IsDirty(_entries.Sum(entries => entries.Sum(e => (long)e.Entry.Records)) - _appended, _appended);
        Compact(writtenAt, isDirty);
    }

    public List<TopicEntry> Read(int partition, long from, int maxBytes)
    {
        List<TopicEntry> found = [];
        long size = 0;
        foreach ((TopicEntry entry, uint checksum) in _entries[partition])
        {
            if (entry.NextOffset <= from)
                continue;
            size += entry.Payload.Length;
            if (found.Count > 0 && size > maxBytes)
                break;
            if (TopicRules.Checksum(entry, partition) != checksum)
                throw TopicRules.Damaged(where, Spec.Name, partition, entry.Offset);
            found.Add(entry);
        }

        return found;
    }

    public long EntryAt(int partition, long time)
    {
        foreach ((TopicEntry entry, _) in _entries[partition])
        {
            if (entry.MaxTime >= time)
                return entry.Offset;
        }

        return _heads[partition].Next;
    }

    public void Compact(long now, bool byKey)
    {
        for (int partition = 0; partition < _heads.Length; partition++)
        {
            List<(TopicEntry Entry, uint Checksum)> entries = _entries[partition];
            long floor = TopicRetention.Floor(Spec,
                [.. entries.Select(e => (e.Entry.Offset, e.Entry.WrittenAt, (long)e.Entry.Payload.Length))], _heads[partition].Next, now);
            entries.RemoveAll(e => e.Entry.Offset < floor);
            if (TopicRetention.Drops(Spec with { IsCompacted = false }))
                _heads[partition].First = Math.Max(_heads[partition].First, floor);
            if (Spec.IsCompacted && byKey)
                CompactByKey(partition, entries, now);
        }

        if (byKey)
            _appended = 0;
    }

    private void CompactByKey(int partition, List<(TopicEntry Entry, uint Checksum)> entries, long now)
    {
        TopicCompaction pass = new();
        for (int i = entries.Count - 1; i >= 0; i--)
            Replace(i, pass.Next(entries[i].Entry));
        if (pass.HasDeletions)
        {
            for (int i = entries.Count - 1; i >= 0; i--)
            {
                if (TopicRetention.AreDeletionsOver(Spec, entries[i].Entry, now))
                    Replace(i, TopicCompaction.WithoutDeletions(entries[i].Entry));
            }
        }

        void Replace(int at, TopicEntry? left)
        {
            if (left is { Records: 0 } && at > 0 && TopicRules.Cover(entries[at - 1].Entry, entries[at].Entry) is { } covering)
            {
                entries[at - 1] = (covering, TopicRules.Checksum(covering, partition));
                entries.RemoveAt(at);
            }
            else if (left is { } entry)
            {
                entries[at] = (entry, TopicRules.Checksum(entry, partition));
            }
        }
    }
}

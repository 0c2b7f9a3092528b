using ActorStreams.Core.Exchange;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Epochs;

/// <summary>Puts together what an epoch writes: the reports of all instances, and what the manifest keeps from epoch to epoch.</summary>
/// <param name="pipeline">What runs.</param>
/// <param name="options">How it runs.</param>
/// <param name="shards">Where keys lie.</param>
/// <param name="restored">What the epoch before tells; null: there is none.</param>
/// <param name="retention">How long epochs stay readable.</param>
internal sealed class EpochContent(
    Pipeline pipeline, JobOptions options, ShardMap shards, Manifest? restored, EpochRetention retention)
{
    private readonly SortedDictionary<string, string> _schemas = restored?.Schemas ?? new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedDictionary<string, PartitionManifest>> _sources = restored?.Sources
        ?? new(StringComparer.Ordinal);

    public EpochCommit Of(long epoch, BarrierKind kind, IReadOnlyList<EpochReport> reports)
    {
        var operators = new SortedDictionary<string, OperatorManifest>(StringComparer.Ordinal);
        var sinks = new SortedDictionary<string, SortedDictionary<int, byte[]>>(StringComparer.Ordinal);
        var events = new List<JournalEvent>();
        var tables = new List<TableWrite>();
        var topics = new List<TopicWrite>();
        var prepared = new List<PreparedPart>();
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
            if (report.Prepared is not null)
                prepared.Add(report.Prepared);
            foreach ((string name, int first, ShardHead[] heads) in report.Journals)
                heads.CopyTo(
                    (journals.TryGetValue(name, out ShardHead[]? all) ? all
                    : journals[name] = new ShardHead[shards.Count]).AsSpan(first));
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
            Shards = shards.Count,
            KeySeed = shards.Seed,
            AreKeysByEquality = true,
            Parallelism = options.Parallelism,
            IsCompleted = kind == BarrierKind.End,
            RestoredFrom = restored?.RestoredFrom,
            RewoundTo = options.RestartFromEpoch,
            TellsJournals = true,
            Sources = _sources,
            Operators = operators,
            Sinks = sinks,
            Schemas = _schemas,
        };
        long now = options.Clock.GetUtcNow().ToMicros();
        return new EpochCommit
        {
            Epoch = epoch,
            CommittedAt = now,
            Manifest = manifest.Encode(),
            Events = events,
            Tables = tables,
            Topics = topics,
            Prepared = prepared,
            RetainFrom = retention.From(epoch, now),
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

using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>Lets each row through once.</summary>
public static class DeduplicateOperator
{
    /// <summary>The first row of each id; later ones within its time to live are dropped and counted as <c>duplicates</c>.</summary>
    /// <param name="source">The rows, by id.</param>
    /// <param name="name">Stable and unique in the pipeline: the ids are stored under it.</param>
    /// <param name="timeToLive">How long an id is remembered, in event time from the row that was let through.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    /// <returns>(TId, T) → T, at the same event times.</returns>
    /// <remarks>
    /// An id is forgotten once the watermark has passed that time, so a replay forgets alike; a late row of an id that is forgotten is a
    /// first one again. A row that is further
    /// than that behind or ahead of the first one is not a duplicate of it. Keeps each id with a time: about rate of ids × time to live.
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or the time to live is not positive.</exception>
    public static Stream<T> Deduplicate<TId, T>(this KeyedStream<TId, T> source, string name, TimeSpan timeToLive,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (timeToLive <= TimeSpan.Zero)
            throw new PipelineException(
                $"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': {nameof(timeToLive)} is {timeToLive}; it must be positive.");
        return source.Stream.Add(new DeduplicateNode<TId, T>(name, source, timeToLive.ToMicros()) { Errors = errors });
    }
}

internal sealed class DeduplicateNode<TId, T>(string name, KeyedStream<TId, T> input, long timeToLive)
    : KeyedNode<TId, T, T>(name, "deduplicate", input)
{
    public override string Detail => $"within {TimeSpan.FromMicroseconds(timeToLive)}";

    public override EventTimeNeed EventTimeNeed =>
        new("ids are remembered for a time to live in event time, and forgotten by the watermark");

    public override EntityStates<TId> CreateEntities(ShardRange shards) => new StoredEntities<TId, long>(shards, "seen");

    protected override KeyedOperator<TId, T> Build(StageBuild build, RegionSite<TId, T> site)
    {
        return new Deduplicate<TId, T>(
            site, new StoredEntities<TId, long>(site.Shards, "seen"), timeToLive, build.Downstream(this));
    }
}

/// <summary>One region of a deduplication: the time of the row that was let through, by id.</summary>
internal sealed class Deduplicate<TId, T>(
    RegionSite<TId, T> site, StoredEntities<TId, long> entities, long timeToLive, Receiver<T> output)
    : RowByRowOperator<TId, T, T>(site, output)
{
    private const int Sweeps = 8;

    private readonly StoredMap<TId, long> _seen = entities.States;
    private readonly List<(TId Id, ulong Hash)> _forgotten = [];
    private long _duplicates;
    private long _nextSweep = EventTime.MinValue;

    public override EntityStates<TId> Entities => entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("duplicates", _duplicates), ("remembered", _seen.Map.Count)];

    protected override void RestoreCounters(Func<string, long> counter) => _duplicates = counter("duplicates");

    protected override void OnRow(in T row, TId key, ulong hash, long time)
    {
        // What is forgotten follows from the watermark, not from when the sweep came by.
        if (_seen.TryGet(key, hash, out long first) && !IsForgotten(first) && time < EventTime.AddSaturated(first, timeToLive)
            && time > EventTime.AddSaturated(first, -timeToLive))
        {
            _duplicates++;
            return;
        }

        _seen.Touch(key, hash) = time;
        Emit(row, time);
    }

    protected override bool FireOne(long watermark)
    {
        if (watermark < _nextSweep)
            return false;
        _nextSweep = EventTime.AddSaturated(watermark, Math.Max(1, timeToLive / Sweeps));
        StateMap<TId, long> map = _seen.Map;
        foreach (int slot in map.Live)
        {
            ref StateMap<TId, long>.Entry entry = ref map.At(slot);
            if (IsForgotten(entry.State))
                _forgotten.Add((entry.Key, map.HashOf(entry.Key)));
        }

        foreach ((TId id, ulong hash) in _forgotten)
            _seen.Remove(id, hash);
        _forgotten.Clear();
        return false;
    }

    protected override void RollBack()
    {
        // No user code runs here.
    }

    private bool IsForgotten(long first) => EventTime.AddSaturated(first, timeToLive) <= Watermark;
}

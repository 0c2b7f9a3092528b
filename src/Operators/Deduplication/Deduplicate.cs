using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Deduplication;

/// <summary>Lets each row through once.</summary>
public static class DeduplicateOperator
{
    /// <summary>The first row of each id; later ones within the horizon are dropped and counted as <c>duplicates</c>.</summary>
    /// <param name="source">The rows, by id.</param>
    /// <param name="name">Stable and unique in the pipeline: the ids are stored under it.</param>
    /// <param name="horizon">How long an id is remembered, in event time from the row that was let through.</param>
    /// <returns>(TId, T) → T, at the same event times.</returns>
    /// <remarks>
    /// An id is forgotten once the watermark has passed the horizon, so a replay forgets alike; a late row of an id that is forgotten is a
    /// first one again. A row that is further
    /// than the horizon behind or ahead of the first one is not a duplicate of it. Keeps each id with a time: about rate of ids × horizon.
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or the horizon is not positive.</exception>
    public static Stream<T> Deduplicate<TId, T>(this KeyedStream<TId, T> source, string name, TimeSpan horizon)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (horizon <= TimeSpan.Zero)
            throw new PipelineException($"Pipeline '{source.Stream.Pipeline.Name}', operator '{name}': the horizon is {horizon}; it must be positive.");
        return source.Stream.Add(new DeduplicateNode<TId, T>(name, source, horizon.ToMicros()));
    }
}

internal sealed class DeduplicateNode<TId, T>(string name, KeyedStream<TId, T> input, long horizon) : KeyedNode<TId, T, T>(name, "deduplicate", input)
{
    public override string Detail => $"within {TimeSpan.FromMicroseconds(horizon)}";

    public override EventTimeNeed EventTimeNeed => new("ids are remembered for a horizon of event time, and forgotten by the watermark");

    public override EntityStates<TId> CreateEntities(ShardRange shards) => new StoredEntities<TId, long>(shards, "seen");

    protected override KeyedOperator<TId, T> Build(ActorBuild build, ShardRange shards)
    {
        var region = new Deduplicate<TId, T>(Name, build.Context, shards, KeyOf, build.ErrorsOf(this), new StoredEntities<TId, long>(shards, "seen"), horizon, build.Downstream(this));
        build.Context.Resumables.Add(region);
        return region;
    }
}

/// <summary>One region of a deduplication: the time of the row that was let through, by id.</summary>
internal sealed class Deduplicate<TId, T>(
    string name, ActorContext context, ShardRange shards, Func<T, TId> idOf, OperatorErrors errors, StoredEntities<TId, long> entities, long horizon, Receiver<T> output)
    : RowByRowOperator<TId, T, T>(name, context, shards, idOf, errors, output)
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
        if (_seen.TryGet(key, hash, out long first) && !IsForgotten(first) && time < EventTime.AddSaturated(first, horizon) && time > EventTime.AddSaturated(first, -horizon))
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
        _nextSweep = EventTime.AddSaturated(watermark, Math.Max(1, horizon / Sweeps));
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

    private bool IsForgotten(long first) => EventTime.AddSaturated(first, horizon) <= Watermark;
}

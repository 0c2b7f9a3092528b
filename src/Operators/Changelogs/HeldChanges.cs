using ActorStreams.Core.Process;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Changelogs;

/// <summary>Rows that come once, when they are final: SQL's EMIT ON WINDOW CLOSE.</summary>
internal static class HeldChangesOperator
{
    /// <summary>Adds up the changes of each row until the watermark has passed their time, then gives the row as often as it is
    /// there.</summary>
    /// <param name="source">The changes.</param>
    /// <param name="name">Stable and unique in the pipeline: what is held is stored under it.</param>
    /// <remarks>What was given never changes: a row that is taken away when the watermark has passed its time stays, and is counted as
    /// <c>late_dropped</c>; one that comes as late is given at once.</remarks>
    public static Stream<Change<T>> Held<T>(this Stream<Change<T>> source, string name) =>
        source.Add(new HeldChangesNode<T>(name, source.KeyBy(static change => change.Row)));
}

/// <summary>How often a row is there at a time.</summary>
internal record struct HeldRow(long Time, long Weight);

internal sealed class HeldChangesNode<T>(string name, KeyedStream<T, Change<T>> input)
    : KeyedNode<T, Change<T>, Change<T>>(name, "held", input)
{
    public override string Detail => "until complete";

    public override EntityStates<T> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override KeyedOperator<T, Change<T>> Build(StageBuild build, RegionSite<T, Change<T>> site) =>
        new HeldChanges<T>(site, EntitiesOf(site.Shards), build.Downstream(this));

    private static StoredEntities<T, List<HeldRow>> EntitiesOf(ShardRange shards) => new(shards, "held");
}

internal sealed class HeldChanges<T>(
    RegionSite<T, Change<T>> site, StoredEntities<T, List<HeldRow>> entities, Receiver<Change<T>> output)
    : RowByRowOperator<T, Change<T>, Change<T>>(site, output)
{
    private readonly StoredMap<T, List<HeldRow>> _cells = entities.States;
    private readonly CloseQueue<T> _closing = new();

    public override EntityStates<T> Entities => entities;

    public override bool RefusesLateRows => true;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        for (int slot = 0; slot < _cells.Map.SlotCount; slot++)
        {
            ref StateMap<T, List<HeldRow>>.Entry entry = ref _cells.Map.At(slot);
            if (!_cells.Map.IsLive(entry))
                continue;
            foreach (HeldRow held in entry.State)
                _closing.Add(entry.Key, _cells.HashOf(entry.Key), held.Time);
        }
    }

    protected override void OnRow(in Change<T> row, T key, ulong hash, long time)
    {
        if (time < Watermark)
        {
            if (row.Weight > 0)
                Emit(row, time);
            else
                CountLate();
            return;
        }

        ref List<HeldRow> held = ref _cells.Touch(key, hash);
        held ??= [];
        int at = held.FindIndex(one => one.Time == time);
        if (at >= 0)
        {
            held[at] = held[at] with { Weight = held[at].Weight + row.Weight };
            return;
        }

        held.Add(new HeldRow(time, row.Weight));
        _closing.Add(key, hash, time);
    }

    protected override bool FireOne(long watermark)
    {
        while (_closing.TryTake(watermark, out T key, out ulong hash, out long time))
        {
            if (!_cells.TryGet(key, hash, out List<HeldRow> held) || held.FindIndex(one => one.Time == time) is not (>= 0 and int at))
                continue;
            long weight = held[at].Weight;
            _ = _cells.Touch(key, hash);
            held.RemoveAt(at);
            if (held.Count == 0)
                _cells.Remove(key, hash);
            for (long left = weight; left > 0; left -= int.MaxValue)
                Emit(new Change<T>(key, (int)Math.Min(left, int.MaxValue)), time);
            return true;
        }

        return false;
    }

    protected override void RollBack()
    {
        // No user code.
    }
}

using System.Runtime.InteropServices;
using ActorStreams.Core.Process;
using ActorStreams.Core.Records;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Changelogs;

/// <summary>Aggregates of groups that are complete some time: those whose key says a window.</summary>
internal static class ClosingAggregateOperator
{
    /// <summary>An aggregate of each group of rows, which is forgotten once the watermark has passed the times of all its rows.</summary>
    /// <param name="source">The rows, by group.</param>
    /// <param name="name">Stable and unique in the pipeline: the states are stored under it.</param>
    /// <param name="fold">What is computed; rows can be taken back, in any order.</param>
    /// <param name="whenClosed">The value of a group comes once, when it is complete; else with every change of it.</param>
    /// <remarks>A row for a group that is complete is dropped, and counted as <c>late_dropped</c>. What comes out has the greatest event
    /// time of the group's rows.</remarks>
    public static Stream<Change<TableRow<TGroup, TResult>>> ClosingAggregate<TGroup, T, TState, TResult>(
        this KeyedStream<TGroup, Change<T>> source, string name, Retractable<T, TState, TResult> fold, bool whenClosed) =>
        source.Stream.Add(new ClosingAggregateNode<TGroup, T, TState, TResult>(name, source, fold, whenClosed));
}

/// <summary>What is kept for a group.</summary>
/// <param name="Time">The greatest event time of its rows.</param>
/// <param name="Count">The number of its rows.</param>
/// <param name="State">What they add up to.</param>
[StructLayout(LayoutKind.Auto)]
internal record struct ClosingCell<TState>(long Time, long Count, TState State);

internal sealed class ClosingAggregateNode<TGroup, T, TState, TResult>(
    string name, KeyedStream<TGroup, Change<T>> input, Retractable<T, TState, TResult> fold, bool whenClosed)
    : KeyedNode<TGroup, Change<T>, Change<TableRow<TGroup, TResult>>>(name, "closing-aggregate", input)
{
    public override string Detail => whenClosed ? "when complete" : "with every change";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<TState>(pipeline, "state");
    }

    public override EntityStates<TGroup> CreateEntities(ShardRange shards) => EntitiesOf(shards);

    protected override KeyedOperator<TGroup, Change<T>> Build(StageBuild build, RegionSite<TGroup, Change<T>> site) =>
        new ClosingAggregate<TGroup, T, TState, TResult>(site, EntitiesOf(site.Shards), fold, whenClosed, build.Downstream(this));

    private StoredEntities<TGroup, ClosingCell<TState>> EntitiesOf(ShardRange shards) =>
        new(shards, "group", cell => cell.Count > 0 ? fold.Result(cell.State, cell.Count) : null);
}

/// <summary>One region of an aggregate of groups that close.</summary>
internal sealed class ClosingAggregate<TGroup, T, TState, TResult>(
    RegionSite<TGroup, Change<T>> site, StoredEntities<TGroup, ClosingCell<TState>> entities, Retractable<T, TState, TResult> fold,
    bool whenClosed, Receiver<Change<TableRow<TGroup, TResult>>> output)
    : RowByRowOperator<TGroup, Change<T>, Change<TableRow<TGroup, TResult>>>(site, output)
{
    private readonly StoredMap<TGroup, ClosingCell<TState>> _cells = entities.States;
    private readonly CloseQueue<TGroup> _closing = new();

    public override EntityStates<TGroup> Entities => entities;

    public override bool RefusesLateRows => true;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _closing.Restore(_cells.Map, static cell => cell.Time);
    }

    protected override void OnRow(in Change<T> row, TGroup key, ulong hash, long time)
    {
        if (time < Watermark)
        {
            CountLate();
            return;
        }

        bool isKnown = _cells.TryGet(key, hash, out ClosingCell<TState> cell);
        long latest = isKnown ? Math.Max(cell.Time, time) : time;
        bool had = cell.Count > 0;
        TState state = isKnown ? cell.State : fold.Initial();
        TResult? before = had && !whenClosed ? fold.Result(state, cell.Count) : default;
        for (int weight = row.Weight; weight > 0; weight--)
            state = fold.Add(state, row.Row);
        for (int weight = row.Weight; weight < 0; weight++)
            state = fold.Remove(state, row.Row);
        long count = cell.Count + row.Weight;
        bool has = count > 0;
        TResult? after = has && !whenClosed ? fold.Result(state, count) : default;

        // From here on nothing fails.
        if (!isKnown || latest > cell.Time)
            _closing.Add(key, hash, latest);
        _cells.Touch(key, hash) = new ClosingCell<TState>(latest, count, state);
        if (whenClosed || (had && has && EqualityComparer<TResult>.Default.Equals(before, after)))
            return;
        if (had)
            Emit(Change<TableRow<TGroup, TResult>>.Retract(new TableRow<TGroup, TResult>(key, before!)), time);
        if (has)
            Emit(Change<TableRow<TGroup, TResult>>.Insert(new TableRow<TGroup, TResult>(key, after!)), time);
    }

    protected override bool FireOne(long watermark)
    {
        while (_closing.TryTake(watermark, out TGroup key, out ulong hash, out long time))
        {
            if (!_cells.TryGet(key, hash, out ClosingCell<TState> cell) || cell.Time != time)
                continue;
            _cells.Remove(key, hash);
            if (whenClosed && cell.Count > 0)
                Give(key, cell);
            return true;
        }

        return false;
    }

    private void Give(TGroup key, in ClosingCell<TState> cell)
    {
        TResult result;
        try
        {
            result = fold.Result(cell.State, cell.Count);
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"group {RowText.Of(key)}", cell.Time, ActorStreams.Authoring.Position.None);
            return;
        }

        Emit(Change<TableRow<TGroup, TResult>>.Insert(new TableRow<TGroup, TResult>(key, result)), cell.Time);
    }

    protected override void RollBack()
    {
        // User code runs before anything changes.
    }
}

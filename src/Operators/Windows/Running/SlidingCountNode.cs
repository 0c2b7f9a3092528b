using ActorStreams.Core.Process;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>Sliding count windows in the graph.</summary>
internal sealed class SlidingCountNode<TKey, T, TAgg, TAcc, TOut>(
    string name, KeyedStream<TKey, T> input, CountWindows windows, Aggregate<T, TAgg, TAcc, TOut> aggregate)
    : KeyedNode<TKey, T, WindowResult<TKey, TOut>>(name, "window", input)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    public override string Detail => $"{windows}, {aggregate.Description}";

    public override string Definition => $"{windows}";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<T>(pipeline, "row");
    }

    public override EntityStates<TKey> CreateEntities(ShardRange shards) => new FrameEntities<TKey, T, TAcc>(shards);

    protected override KeyedOperator<TKey, T> Build(StageBuild build, RegionSite<TKey, T> site)
    {
        return new SlidingCountRegion<TKey, T, TAgg, TAcc, TOut>(
            site, windows, new FrameAggregate<T, TAgg, TAcc, TOut>(aggregate, site.Errors.Skips),
            new FrameEntities<TKey, T, TAcc>(site.Shards), build.Downstream(this));
    }
}

/// <summary>One region of sliding count windows: rows enter their key's frame as they come.</summary>
internal sealed class SlidingCountRegion<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site, CountWindows windows,
    FrameAggregate<T, TAgg, TAcc, TOut> aggregate, FrameEntities<TKey, T, TAcc> entities, Receiver<WindowResult<TKey, TOut>> output)
    : RowByRowOperator<TKey, T, WindowResult<TKey, TOut>>(site, output)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    /// <summary>Rows keep the order of their arrival.</summary>
    private const long AnyTime = 0;

    private readonly FrameStore<TKey, T, TAcc> _store = entities.Store;
    private Stack<(TKey Key, ulong Hash, KeyFrame<T, TAcc> Frame)>? _ending;

    public override EntityStates<TKey> Entities => entities;

    protected override void OnRow(in T row, TKey key, ulong hash, long time)
    {
        KeyFrame<T, TAcc> frame = _store.Touch(key, hash);
        frame.Insert(new FrameRow<T>(AnyTime, Position, row));
        try
        {
            aggregate.Push(frame, windows.Size);
        }
        catch
        {
            frame.RemoveAt(frame.Done);
            if (frame.Count == 0)
                _store.Remove(key, hash);
            throw;
        }

        if (++frame.Fresh == windows.Slide)
            Emit(frame, key, isLast: false);
    }

    /// <summary>The input has ended: rows short of a slide have a result too, and nothing is kept.</summary>
    protected override bool FireOne(long watermark)
    {
        if (watermark != EventTime.MaxValue)
            return false;
        _ending ??= new Stack<(TKey, ulong, KeyFrame<T, TAcc>)>(_store.All().OrderByDescending(key => key.Hash));
        if (!_ending.TryPop(out (TKey Key, ulong Hash, KeyFrame<T, TAcc> Frame) next))
            return false;
        if (next.Frame.Fresh > 0)
            Emit(next.Frame, next.Key, isLast: true);
        _store.Remove(next.Key, next.Hash);
        return true;
    }

    /// <summary>A row that throws has taken itself back.</summary>
    protected override void RollBack()
    {
    }

    private void Emit(KeyFrame<T, TAcc> frame, TKey key, bool isLast)
    {
        frame.Fresh = 0;
        Window window = GlobalWindows.Window;
        var pane = new PaneInfo(isLast ? PaneTiming.OnTime : PaneTiming.Early, frame.Panes++, 0, isLast);
        try
        {
            Emit(new WindowResult<TKey, TOut>(key, window, aggregate.Result(frame)) { Pane = pane }, window.MaxTime);
        }
        catch (Exception error) when (error is not JobException)
        {
            Errors.OnWindow(error, key, window);
        }
    }
}

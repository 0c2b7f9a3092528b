using ActorStreams.Operators.Late;

namespace ActorStreams.Operators.Windows.General;

/// <summary>One region of windows that fire once, when they are complete: how it fires and stops, and what becomes of late rows.</summary>
/// <param name="site">Where it runs.</param>
/// <param name="output">Takes its results.</param>
/// <param name="late">Takes its late rows.</param>
internal abstract class OnTimeRegion<TKey, T, TOut>(RegionSite<TKey, T> site, WindowOutput<TKey, TOut> output, LateOutput<T> late)
    : KeyedOperator<TKey, T>(site), IResumable, IFiring
{
    public bool IsSuspended => Loop.IsSuspended;

    public virtual bool CanCut => Loop.CanCut;

    protected FiringLoop Loop { get; } = new(site.Context, output);

    protected WindowOutput<TKey, TOut> Output => output;

    protected LateOutput<T> Late => late;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("late_dropped", late.Rows)];

    public void Resume() => Loop.Continue(this);

    public abstract Fired Fire();

    void IFiring.OnFired() => output.OnWatermark(Watermark);

    protected override void RestoreCounters(Func<string, long> counter) => late.Rows = counter("late_dropped");

    protected override void Advance(long watermark) => Loop.Advance(this);
}

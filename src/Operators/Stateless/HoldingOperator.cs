using ActorStreams.Core.Storage;

namespace ActorStreams.Operators.Stateless;

/// <summary>An operator without state that may have to hold back rows, and the watermark behind them, while output is full or calls are
/// under way.</summary>
internal abstract class HoldingOperator<TIn, TOut>(RowBuffer<TOut> output, StageContext context)
    : Receiver<TIn>, IResumable, IFiring, IEpochPart
{
    private readonly FiringLoop _loop = new(context, output);

    public bool IsSuspended => _loop.IsSuspended;

    /// <summary>What has become of the rows so far cannot be stored: they are finished first.</summary>
    public bool CanCut => false;

    protected WaitingRows<TIn> Waiting { get; } = new();

    protected RowBuffer<TOut> Output => output;

    protected StageContext Context => context;

    /// <summary>The highest watermark that came in.</summary>
    protected long Watermark { get; private set; } = EventTime.MinValue;

    public sealed override void OnWatermark(long watermark)
    {
        Watermark = Math.Max(Watermark, watermark);
        _loop.Advance(this);
    }

    public void Resume() => _loop.Continue(this);

    public abstract Fired Fire();

    public virtual void OnFired() => output.Output.OnWatermark(Watermark);

    public ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation) => ValueTask.CompletedTask;

    public abstract ValueTask CloseAsync();

    /// <summary>Rows that cannot be taken now.</summary>
    protected void Hold(in Chunk<TIn> rows)
    {
        _loop.Suspend();
        context.Yield();
        Waiting.Add(rows);
    }
}

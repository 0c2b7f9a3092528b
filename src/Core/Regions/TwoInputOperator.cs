using ActorStreams.Core.Exchange;
using ActorStreams.Core.State;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Regions;

/// <summary>A shard region that takes rows of two inputs, each of which may make it put out any number of rows, as may the advance of the
/// watermark.</summary>
/// <remarks>
/// The two-input counterpart of <see cref="RowByRowOperator{TKey, TIn, TOut}"/>: when output is full it keeps the rest of the chunk and
/// stops between two rows or two firings. The watermark is the least of both inputs', those that are idle left out.
/// </remarks>
internal abstract class TwoInputOperator<TKey, TLeft, TRight, TOut>
    : ITwoInputs, IEpochPart, IRegion, IEntityHost<TKey>, IResumable, IFiring
{
    private const int FiringsPerPiece = 256;

    private readonly RowOutput<TOut> _output;
    private readonly FiringLoop _loop;
    private readonly RegionRecord _record;
    private readonly LeftSide _left;
    private readonly RightSide _right;
    private long _sentWatermark = EventTime.MinValue;

    /// <param name="site">Where it runs.</param>
    /// <param name="output">Takes what it puts out.</param>
    /// <param name="beside">Further outputs.</param>
    protected TwoInputOperator(TwoInputSite<TKey, TLeft, TRight> site, Receiver<TOut> output, params RowOutput[] beside)
    {
        (OperatorName, Context, Shards, Errors) = (site.Name, site.Context, site.Shards, site.Errors);
        _output = new RowOutput<TOut>(site.Context, output, beside);
        _loop = new FiringLoop(site.Context, _output);
        _record = new RegionRecord(this, site.Errors);
        _left = new LeftSide(site.LeftKeyOf, this);
        _right = new RightSide(site.RightKeyOf, this);
    }

    public string OperatorName { get; }

    public StageContext Context { get; }

    public ShardRange Shards { get; }

    public Receiver<TLeft> Left => _left;

    public Receiver<TRight> Right => _right;

    /// <summary>No element with a smaller time is expected on either side.</summary>
    public long Watermark { get; private set; } = EventTime.MinValue;

    public virtual KeptBack KeptBack => KeptBack.Nothing;

    public bool IsSuspended => _loop.IsSuspended;

    /// <summary>Rows that wait are no state, and their source has passed them.</summary>
    public bool CanCut => _loop.CanCut && !_left.HasWaiting && !_right.HasWaiting;

    /// <summary>What it keeps per key; fixed once opened.</summary>
    public abstract EntityStates<TKey> Entities { get; }

    protected OperatorErrors Errors { get; }

    /// <summary>By how much the watermark it tells downstream is behind its own: rows put out by a firing may be that old.</summary>
    protected virtual long OutputDelay => 0;

    /// <summary>Whether the watermark waits for the right input; false where its rows count by when they come, not by their
    /// times.</summary>
    protected virtual bool RightHasSay => true;

    public virtual bool RefusesLateRows => false;

    /// <summary>Counts that survive restarts, besides rows, errors and late rows.</summary>
    protected virtual IEnumerable<(string Name, long Value)> OwnCounters => [];

    /// <summary>Whether a chunk of output is ready to go: a loop over rows stops between two of them.</summary>
    protected bool IsOutputFull => _output.IsFull;

    public IReadOnlyDictionary<string, long> Counters() => _record.Counters(_left.Rows + _right.Rows, OwnCounters);

    public virtual async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        Watermark = await _record.RestoreAsync(Entities.Journaled, opening, RestoreCounters, cancellation);
        OnRestored();
    }

    public virtual ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        OnBarrier(report);
        _record.Write(report, Watermark);
        return ValueTask.CompletedTask;
    }

    public virtual ValueTask CloseAsync() => ValueTask.CompletedTask;

    public void Resume() => _loop.Continue(this);

    Fired IFiring.Fire()
    {
        if (!_left.Continue() || !_right.Continue())
            return Fired.Stopped;
        for (int fired = 0; fired < FiringsPerPiece && !IsOutputFull;)
        {
            BeginRow();
            int some = _loop.IsAdvancing ? FireSome(Watermark) : 0;
            if (some == 0 && !FireOneByClock())
                return Fired.All;
            fired += Math.Max(some, 1);
        }

        return Fired.Some;
    }

    void IFiring.OnFired()
    {
        long watermark = Watermark == EventTime.MaxValue ? Watermark : EventTime.AddSaturated(Watermark, -OutputDelay);
        if (watermark <= _sentWatermark)
            return;
        _sentWatermark = watermark;
        _output.OnWatermark(watermark);
    }

    void ITwoInputs.OnSideChanged()
    {
        long watermark = (_left.IsIdle, _right.IsIdle || !RightHasSay) switch
        {
            (false, false) => Math.Min(_left.Watermark, _right.Watermark),
            (true, false) => _right.Watermark,
            (false, true) => _left.Watermark,
            _ => EventTime.MinValue,
        };

        // The end of one side while the other is idle is not the end of both.
        if (watermark == EventTime.MinValue
            || (watermark == EventTime.MaxValue && (_left.IsIdle || (_right.IsIdle && RightHasSay))))
            return;

        // After a restart the inputs may start behind: what was complete stays complete, and what a barrier cut off is fired now.
        Watermark = Math.Max(Watermark, watermark);
        _loop.Advance(this);
    }

    bool ITwoInputs.SendIfFull() => !IsOutputFull || _output.Send();

    void ITwoInputs.SendOrSuspend() => _loop.SendOrSuspend();

    void ITwoInputs.Suspend() => _loop.Suspend();

    void ITwoInputs.OnRowFailed() => TakeBackRow();

    /// <summary>A row, or several, came too late to count.</summary>
    protected void CountLate(int rows = 1) => _record.LateRows += rows;

    /// <summary>Puts a row out.</summary>
    protected void Emit(in TOut row, long time) => _output.Add(row, time);

    /// <summary>Puts a row out that the caller makes in place.</summary>
    protected ref TOut Next(long time) => ref _output.Next(time);

    /// <summary>A row begins: what is put out from here on is taken back if its user code throws.</summary>
    protected void BeginRow() => _output.BeginRow();

    /// <summary>Takes rows of the left input from <paramref name="row"/> on, to the end or until <see cref="IsOutputFull"/>.</summary>
    /// <remarks>If it throws, <paramref name="row"/> is the row on which it did.</remarks>
    protected abstract void OnLeftRows(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row);

    /// <summary>The same for the right input.</summary>
    protected abstract void OnRightRows(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row);

    /// <summary>Fires one thing that is due at the watermark.</summary>
    /// <returns>False if nothing is.</returns>
    protected virtual bool FireOne(long watermark) => false;

    /// <summary>Fires some things that are due at the watermark, few enough to stop in between; to be overridden where several at once are
    /// faster.</summary>
    /// <returns>How many; 0 if nothing is due.</returns>
    protected virtual int FireSome(long watermark) => FireOne(watermark) ? 1 : 0;

    /// <summary>Fires what is due by the clock; stops like all firing.</summary>
    protected void FireClock() => _loop.Continue(this);

    /// <summary>Fires one thing that is due by the clock.</summary>
    protected virtual bool FireOneByClock() => false;

    /// <summary>Takes back what the present row or timer has put out and changed.</summary>
    protected void TakeBackRow()
    {
        _output.TakeBackRow();
        RollBack();
    }

    /// <summary>A row is skipped: takes back what it has changed.</summary>
    protected virtual void RollBack()
    {
    }

    /// <summary>An epoch ends, before its changes are written.</summary>
    protected virtual void OnBarrier(EpochReport report)
    {
    }

    /// <summary>The last committed epoch is restored.</summary>
    protected virtual void OnRestored()
    {
    }

    protected virtual void RestoreCounters(Func<string, long> counter)
    {
    }

    private sealed class LeftSide(Func<TLeft, TKey> keyOf, TwoInputOperator<TKey, TLeft, TRight, TOut> region)
        : KeyedSide<TKey, TLeft>(keyOf, region.Shards.Map.Seed, region.Errors, region)
    {
        protected override void Run(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
            region.OnLeftRows(chunk, keys, hashes, ref row);
    }

    private sealed class RightSide(Func<TRight, TKey> keyOf, TwoInputOperator<TKey, TLeft, TRight, TOut> region)
        : KeyedSide<TKey, TRight>(keyOf, region.Shards.Map.Seed, region.Errors, region)
    {
        protected override void Run(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
            region.OnRightRows(chunk, keys, hashes, ref row);
    }
}

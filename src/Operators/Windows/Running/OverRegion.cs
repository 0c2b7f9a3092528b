using ActorStreams.Core.Storage;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.PerKey;

namespace ActorStreams.Operators.Windows.Running;

/// <summary>One region of a sliding aggregate per row: rows wait until the watermark has passed them, then enter their key's frame one time
/// after the other.</summary>
internal sealed class OverRegion<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site, Frame frameOf,
    FrameAggregate<T, TAgg, TAcc, TOut> aggregate, FrameEntities<TKey, T, TAcc> entities, Receiver<OverResult<T, TOut>> output,
        LateOutput<T> late)
    : RowByRowOperator<TKey, T, OverResult<T, TOut>>(site, output)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private readonly FrameStore<TKey, T, TAcc> _store = entities.Store;
    private readonly DueKeys<TKey> _due = new();
    private long _complete = EventTime.MinValue;
    private long _judgedBy = EventTime.MinValue;
    private long _passed = EventTime.MinValue;

    public override EntityStates<TKey> Entities => entities;

    public override KeptBack KeptBack => KeptBack.Of("keys with rows that wait for their turn", () => _due.Count);

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("late_dropped", late.Rows)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _complete = frameOf.Complete(Watermark);
        foreach ((TKey key, ulong hash, KeyFrame<T, TAcc> frame) in _store.All())
            Schedule(frame, key, hash);
    }

    protected override void RestoreCounters(Func<string, long> counter) => late.Rows = counter("late_dropped");

    protected override void OnRows(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        _judgedBy = late.WatermarkOf(chunk, Watermark);
        _passed = frameOf.Complete(_judgedBy);
        base.OnRows(chunk, keys, hashes, ref row);
    }

    protected override void OnRow(in T row, TKey key, ulong hash, long time)
    {
        if (time < _passed)
        {
            late.OnLate(row, time, Position, _judgedBy);
            return;
        }

        KeyFrame<T, TAcc> frame = _store.Touch(key, hash);
        frame.Insert(new FrameRow<T>(time, Position, row));
        if (DueOf(frame) < frame.Due)
            Schedule(frame, key, hash);
    }

    protected override void Advance(long watermark)
    {
        _complete = frameOf.Complete(watermark);
        base.Advance(watermark);
    }

    protected override bool FireOne(long watermark)
    {
        while (_due.TryTake(_complete, out TKey key, out ulong hash, out long time))
        {
            if (_store.Find(key, hash) is not { } frame || frame.Due != time)
                continue;

            // It may be due for what it holds only: a row that waits may be of a later time than the watermark vouches for.
            if (frame.HasWaiting && DueOf(frame) <= _complete)
            {
                _store.Touch(key, hash);
                Fire(frame);
            }

            if (!frame.HasWaiting && (frame.Count == 0 || (frameOf.IsRange && DueOf(frame) <= _complete)))
                _store.Remove(key, hash);
            else
                Schedule(frame, key, hash);
            return true;
        }

        return false;
    }

    /// <summary>Adding a row runs no user code.</summary>
    protected override void RollBack()
    {
    }

    /// <summary>The rows of the first time that waits enter the frame: by range together, by number one after the other.</summary>
    private void Fire(KeyFrame<T, TAcc> frame)
    {
        long time = frame[frame.Done].Time;
        if (frameOf.IsRange)
            Expire(frame, time);
        int first = frame.Done;
        while (frame.HasWaiting && frame[frame.Done].Time == time)
        {
            if (TryPush(frame) && !frameOf.IsRange)
                Emit(frame, frame.Done - 1);
        }

        if (frameOf.IsRange && frame.Done > first)
            Emit(frame, first);
    }

    private void Expire(KeyFrame<T, TAcc> frame, long time)
    {
        // The differences are positive and may be larger than a signed number holds.
        ulong size = (ulong)frameOf.Size;
        if (frame.Done > 0 && (ulong)(time - frame[frame.Done - 1].Time) >= size)
            (frame.Fold, frame.Front) = (null, 0);
        while (frame.Done > 0 && (ulong)(time - frame[0].Time) >= size)
            aggregate.Pop(frame);
    }

    private bool TryPush(KeyFrame<T, TAcc> frame)
    {
        try
        {
            if (frameOf.IsRange)
                aggregate.Push(frame);
            else
                aggregate.Push(frame, frameOf.Count);
            return true;
        }
        catch (Exception error)
        {
            FrameRow<T> row = frame[frame.Done];
            frame.RemoveAt(frame.Done);
            Errors.OnRow(error, row.Row, row.Time, row.Position);
            return false;
        }
    }

    /// <summary>Puts the frame's result out for its rows from <paramref name="first"/> on.</summary>
    private void Emit(KeyFrame<T, TAcc> frame, int first)
    {
        try
        {
            TOut result = aggregate.Result(frame);
            for (int row = first; row < frame.Done; row++)
                Emit(new OverResult<T, TOut>(frame[row].Row, result), frame[row].Time);
        }
        catch (Exception error) when (error is not JobException)
        {
            for (int row = first; row < frame.Done; row++)
                Errors.OnRow(error, frame[row].Row, frame[row].Time, frame[row].Position);
        }
    }

    private void Schedule(KeyFrame<T, TAcc> frame, TKey key, ulong hash)
    {
        frame.Due = DueOf(frame);
        if (frame.Due != EventTime.MaxValue || frame.HasWaiting || frameOf.IsRange)
            _due.Add(key, hash, frame.Due);
    }

    /// <summary>When the first row that waits has had its turn, or else when no frame will need the last one any more.</summary>
    private long DueOf(KeyFrame<T, TAcc> frame)
    {
        if (frame.HasWaiting)
            return EventTime.AddSaturated(frame[frame.Done].Time, 1);
        return frameOf.IsRange && frame.Count > 0 ? EventTime.AddSaturated(frame[frame.Count - 1].Time, frameOf.Size) : EventTime.MaxValue;
    }
}

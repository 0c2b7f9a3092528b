using System.Runtime.CompilerServices;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join of two streams: rows wait in order of time, by key and side.</summary>
/// <remarks>
/// A row meets those of the other side that wait, then waits itself. Keys are looked at again when the watermark reaches the first time at which one of
/// their rows comes out alone or is dropped; that time is rounded to slices, a sixteenth of the interval for joins that only drop.
/// </remarks>
internal sealed class IntervalJoin<TKey, TLeft, TRight, TPartners> : TwoInputOperator<TKey, TLeft, TRight, Joined<TLeft, TRight>>
    where TPartners : struct, IPartners
{
    private readonly WaitingPairs<TKey, TLeft, TRight> _waiting;
    private readonly StateMap<TKey, KeyBuffers<TLeft, TRight>> _map;
    private readonly TPartners _partners;
    private readonly Agenda<TKey> _agenda = new();
    private readonly JoinType _type;
    private readonly bool _emitsPairs, _emitsLeft, _emitsRight;
    private readonly long _grace;
    private readonly long _retention;
    private readonly long _leftWait;
    private readonly long _rightWait;
    private readonly long _slice;
    private long _buffered;
    private long _late;

    public IntervalJoin(string name, ActorContext context, ShardRange shards, Func<TLeft, TKey> leftKeyOf, Func<TRight, TKey> rightKeyOf, OperatorErrors errors,
        Receiver<Joined<TLeft, TRight>> output, WaitingPairs<TKey, TLeft, TRight> waiting, TPartners partners, StreamJoinOptions options)
        : base(name, context, shards, leftKeyOf, rightKeyOf, errors, output)
    {
        (_waiting, _map, _partners, _type) = (waiting, waiting.Map, partners, options.Type);
        (_emitsPairs, _emitsLeft, _emitsRight) = (_type.EmitsPairs(), _type.EmitsLeft(), _type.EmitsRight());
        _grace = options.Grace.ToMicros();
        _retention = Math.Max(_grace, options.Retention.ToMicros());
        (_leftWait, _rightWait) = (_emitsLeft ? _grace : _retention, _emitsRight ? _grace : _retention);
        long span = Math.Max(partners.LastOfLeft(0) - partners.FirstOfLeft(0), 1) + _retention;
        _slice = _emitsLeft || _emitsRight ? 1 : Math.Max(1, span / 16);
        long delay = Math.Max(_emitsLeft ? partners.LastOfLeft(0) : 0, _emitsRight ? partners.LastOfRight(0) : 0);
        if (partners is WindowPartners windows && (_emitsLeft || _emitsRight))
            delay = windows.Size;
        OutputDelay = _emitsLeft || _emitsRight ? Math.Max(0, delay) + _grace : 0;
    }

    public override EntityStates<TKey> Entities => _waiting;

    protected override long OutputDelay { get; }

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("buffered", _buffered), ("late", _late)];

    protected override void RestoreCounters(Func<string, long> counter) => _late = counter("late");

    protected override void OnRestored()
    {
        for (int slot = 0; slot < _map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyBuffers<TLeft, TRight>>.Entry entry = ref _map.At(slot);
            if (!_map.IsLive(entry))
                continue;
            _buffered += entry.State.Left.Count + entry.State.Right.Count;
            entry.State.IsScheduled = false;
            Schedule(ref entry.State, entry.Key, KeyHash<TKey>.Of(entry.Key));
        }
    }

    protected override void OnLeft(in TLeft row, TKey key, ulong hash, long time)
    {
        if (key is null)
        {
            if (_emitsLeft)
                Emit(Joined<TLeft, TRight>.OfLeft(row), time);
            return;
        }

        _late += time < Watermark ? 1 : 0;
        ref KeyBuffers<TLeft, TRight> buffers = ref _map.Touch(key, hash);
        Settle(ref buffers);
        long last = _partners.LastOfLeft(time);
        bool isSettled = false;
        if (buffers.Right.Count > 0)
        {
            Span<TimedRow<TRight>> partners = buffers.Right.Rows;
            for (int i = buffers.Right.CountBefore(_partners.FirstOfLeft(time)); i < partners.Length && partners[i].Time <= last; i++)
            {
                ref TimedRow<TRight> partner = ref partners[i];
                partner.Flags |= TimedRow<TRight>.Settled;
                if (_emitsPairs)
                    Emit(Joined<TLeft, TRight>.Of(row, partner.Row), Math.Max(time, partner.Time));
                isSettled = true;
            }
        }

        if (isSettled && _type == JoinType.Semi)
        {
            // It has come out, and nothing on the other side waits for it.
            Emit(Joined<TLeft, TRight>.OfLeft(row), time);
            Schedule(ref buffers, key, hash);
            return;
        }

        if (!isSettled && _emitsLeft && IsPast(last, _grace))
        {
            Emit(Joined<TLeft, TRight>.OfLeft(row), time);
            isSettled = true;
        }

        if (!IsPast(last, _retention))
        {
            buffers.Left.Add(row, time, (byte)(TimedRow<TLeft>.New | (isSettled ? TimedRow<TLeft>.Settled : 0)));
            _buffered++;
        }

        Schedule(ref buffers, key, hash);
    }

    protected override void OnRight(in TRight row, TKey key, ulong hash, long time)
    {
        if (key is null)
        {
            if (_emitsRight)
                Emit(Joined<TLeft, TRight>.OfRight(row), time);
            return;
        }

        _late += time < Watermark ? 1 : 0;
        ref KeyBuffers<TLeft, TRight> buffers = ref _map.Touch(key, hash);
        Settle(ref buffers);
        long last = _partners.LastOfRight(time);
        bool isSettled = false;
        if (buffers.Left.Count > 0)
        {
            Span<TimedRow<TLeft>> partners = buffers.Left.Rows;
            for (int i = buffers.Left.CountBefore(_partners.FirstOfRight(time)); i < partners.Length && partners[i].Time <= last; i++)
            {
                ref TimedRow<TLeft> partner = ref partners[i];
                if (_emitsPairs)
                    Emit(Joined<TLeft, TRight>.Of(partner.Row, row), Math.Max(time, partner.Time));
                else if (_type == JoinType.Semi && (partner.Flags & TimedRow<TLeft>.Settled) == 0)
                    Emit(Joined<TLeft, TRight>.OfLeft(partner.Row), partner.Time);
                partner.Flags |= TimedRow<TLeft>.Settled;
                isSettled = true;
            }
        }

        if (!isSettled && _emitsRight && IsPast(last, _grace))
        {
            Emit(Joined<TLeft, TRight>.OfRight(row), time);
            isSettled = true;
        }

        if (!IsPast(last, _retention))
        {
            buffers.Right.Add(row, time, (byte)(TimedRow<TRight>.New | (isSettled ? TimedRow<TRight>.Settled : 0)));
            _buffered++;
        }

        Schedule(ref buffers, key, hash);
    }

    protected override void OnLeftRows(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        _map.Reserve(chunk.Count - row);
        Prefetch(hashes[row..]);
        base.OnLeftRows(chunk, keys, hashes, ref row);
    }

    protected override void OnRightRows(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        _map.Reserve(chunk.Count - row);
        Prefetch(hashes[row..]);
        base.OnRightRows(chunk, keys, hashes, ref row);
    }

    protected override bool FireOne(long watermark)
    {
        long last = watermark == EventTime.MaxValue ? long.MaxValue : EventTime.FloorDiv(watermark, _slice) - 1;
        while (_agenda.TryTake(last, out long slice, out TKey key, out ulong hash))
        {
            int slot = _map.Find(key, hash);
            if (slot < 0)
                continue;
            ref KeyBuffers<TLeft, TRight> found = ref _map.At(slot).State;
            if (!found.IsScheduled || found.Due != slice)
                continue;
            found.IsScheduled = false;
            _map.Reserve(1);
            ref KeyBuffers<TLeft, TRight> buffers = ref _map.Touch(key, hash);
            Settle(ref buffers);
            if (buffers.Left.Count + buffers.Right.Count == 0)
                _map.Remove(key, hash);
            else
                Schedule(ref buffers, key, hash);
            return true;
        }

        return false;
    }

    private void Prefetch(ReadOnlySpan<ulong> hashes)
    {
        if (!_map.OutgrowsCache)
            return;
        foreach (ulong hash in hashes)
            _map.Prefetch(hash);
    }

    /// <summary>Whether the watermark has passed <paramref name="time"/> by more than <paramref name="wait"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPast(long time, long wait) => EventTime.AddSaturated(time, wait) < Watermark || Watermark == EventTime.MaxValue;

    /// <summary>Puts out the rows that stayed alone, and drops those that can have no partner any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Settle(ref KeyBuffers<TLeft, TRight> buffers)
    {
        if (buffers.Left.Count > 0 && IsPast(_partners.LastOfLeft(buffers.Left.Rows[0].Time), _leftWait))
            SettleLeft(ref buffers.Left);
        if (buffers.Right.Count > 0 && IsPast(_partners.LastOfRight(buffers.Right.Rows[0].Time), _rightWait))
            SettleRight(ref buffers.Right);
    }

    private void SettleLeft(ref TimedBuffer<TLeft> buffer)
    {
        Span<TimedRow<TLeft>> rows = buffer.Rows;
        int dropped = 0;
        foreach (ref TimedRow<TLeft> row in rows)
        {
            long last = _partners.LastOfLeft(row.Time);
            if (!IsPast(last, _leftWait))
                break;
            if (_emitsLeft && (row.Flags & TimedRow<TLeft>.Settled) == 0)
                Emit(Joined<TLeft, TRight>.OfLeft(row.Row), row.Time);
            row.Flags |= TimedRow<TLeft>.Settled;
            dropped += IsPast(last, _retention) ? 1 : 0;
        }

        Dropped(dropped);
        if (dropped > 0)
            buffer.Drop(dropped);
    }

    private void SettleRight(ref TimedBuffer<TRight> buffer)
    {
        Span<TimedRow<TRight>> rows = buffer.Rows;
        int dropped = 0;
        foreach (ref TimedRow<TRight> row in rows)
        {
            long last = _partners.LastOfRight(row.Time);
            if (!IsPast(last, _rightWait))
                break;
            if (_emitsRight && (row.Flags & TimedRow<TRight>.Settled) == 0)
                Emit(Joined<TLeft, TRight>.OfRight(row.Row), row.Time);
            row.Flags |= TimedRow<TRight>.Settled;
            dropped += IsPast(last, _retention) ? 1 : 0;
        }

        Dropped(dropped);
        if (dropped > 0)
            buffer.Drop(dropped);
    }

    private void Dropped(int rows) => _buffered -= rows;

    /// <summary>Has the key looked at when the first of its rows is due: to come out alone, or to be dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Schedule(ref KeyBuffers<TLeft, TRight> buffers, TKey key, ulong hash)
    {
        long due = EventTime.MaxValue;
        if (buffers.Left.Count > 0)
            due = DueOfLeft(ref buffers.Left);
        if (buffers.Right.Count > 0)
            due = Math.Min(due, DueOfRight(ref buffers.Right));
        long slice = EventTime.FloorDiv(due, _slice);
        if (buffers.IsScheduled && buffers.Due <= slice)
            return;
        buffers.Due = slice;
        buffers.IsScheduled = true;
        _agenda.Add(slice, key, hash);
    }

    private long DueOfLeft(ref TimedBuffer<TLeft> buffer)
    {
        Span<TimedRow<TLeft>> rows = buffer.Rows;
        long drop = EventTime.AddSaturated(_partners.LastOfLeft(rows[0].Time), _retention);
        if (!_emitsLeft)
            return drop;
        foreach (ref TimedRow<TLeft> row in rows)
        {
            if ((row.Flags & TimedRow<TLeft>.Settled) == 0)
                return Math.Min(drop, EventTime.AddSaturated(_partners.LastOfLeft(row.Time), _grace));
        }

        return drop;
    }

    private long DueOfRight(ref TimedBuffer<TRight> buffer)
    {
        Span<TimedRow<TRight>> rows = buffer.Rows;
        long drop = EventTime.AddSaturated(_partners.LastOfRight(rows[0].Time), _retention);
        if (!_emitsRight)
            return drop;
        foreach (ref TimedRow<TRight> row in rows)
        {
            if ((row.Flags & TimedRow<TRight>.Settled) == 0)
                return Math.Min(drop, EventTime.AddSaturated(_partners.LastOfRight(row.Time), _grace));
        }

        return drop;
    }
}

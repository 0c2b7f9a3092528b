using System.Numerics;
using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Joins.Runtime;

/// <summary>One region of a join of two streams: rows wait in order of time, by key and side.</summary>
/// <remarks>
/// A row meets those of the other side that wait, then waits itself. Keys are looked at again when the watermark reaches the first time at
/// which one of their rows comes out alone or is dropped; that time is rounded to slices, at most a sixteenth of the interval for joins
/// that only drop. Rows and keys that are due are taken some at a time, so that what is kept of them can be fetched from memory all at
/// once.
/// </remarks>
internal sealed class IntervalJoin<TKey, TLeft, TRight, TPartners> : TwoInputOperator<TKey, TLeft, TRight, Joined<TLeft, TRight>>
    where TPartners : struct, IPartners<TPartners>
{
    /// <summary>Rows, or keys that are due, that are fetched before the first of them is worked on.</summary>
    private const int Ahead = 64;

    private readonly WaitingEntities<TKey, TLeft, TRight> _entities;
    private readonly StateMap<TKey, KeyBuffers> _map;
    private readonly JoinSide<TLeft, TPartners> _left;
    private readonly JoinSide<TRight, TPartners> _right;
    private readonly Agenda<TKey> _agenda = new();
    private readonly bool _emitsPairs, _remembersPartners;
    private readonly long _allowed, _retained;
    private readonly int _sliceBits;
    private long _buffered;
    private long _late;

    public IntervalJoin(TwoInputSite<TKey, TLeft, TRight> site,
        Receiver<Joined<TLeft, TRight>> output, WaitingEntities<TKey, TLeft, TRight> entities, TPartners partners, JoinType type,
        StreamJoinOptions options)
        : base(site, output)
    {
        (_entities, _map, _emitsPairs, _remembersPartners) = (entities, entities.Waiting.Map, type.EmitsPairs(), type != JoinType.Inner);
        _allowed = options.AllowedLateness.ToMicros();
        _retained = Math.Max(_allowed, options.RetainFor.ToMicros());
        _left = new(entities.Waiting.Left, partners, type.EmitsLeft(), emitsWhenMet: type == JoinType.Semi, _allowed, _retained);
        _right = new(entities.Waiting.Right, partners.Mirrored, type.EmitsRight(), emitsWhenMet: false, _allowed, _retained);
        long span = Math.Max(partners.Last(0) - partners.First(0), 1) + _retained;
        _sliceBits = _left.EmitsAlone || _right.EmitsAlone ? 0 : BitOperations.Log2((ulong)Math.Max(1, span / 16));
        OutputDelay = Math.Max(_left.Delay, _right.Delay);
    }

    public override EntityStates<TKey> Entities => _entities;

    protected override long OutputDelay { get; }

    /// <summary>Rows of a join that only emits pairs wait for nothing but to be forgotten.</summary>
    public override KeptBack KeptBack => _left.EmitsAlone || _right.EmitsAlone ? new KeptBack(_buffered, "rows that wait for a partner")
        : KeptBack.Nothing;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [("buffered", _buffered), ("late", _late)];

    protected override void RestoreCounters(Func<string, long> counter) => _late = counter("late");

    protected override void OnRestored()
    {
        foreach (int slot in _map.Live)
        {
            ref StateMap<TKey, KeyBuffers>.Entry entry = ref _map.At(slot);
            _buffered += entry.State.Left.Count + entry.State.Right.Count;
            entry.State.IsScheduled = false;
            Schedule(ref entry.State, entry.Key, _map.HashOf(entry.Key));
        }
    }

    protected override void OnLeftRows(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        Run<LeftOf<TLeft, TRight>, TLeft, TRight>(_left, _right, chunk, keys, hashes, ref row);

    protected override void OnRightRows(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        Run<RightOf<TLeft, TRight>, TRight, TLeft>(_right, _left, chunk, keys, hashes, ref row);

    protected override int FireSome(long watermark)
    {
        long last = watermark == EventTime.MaxValue ? long.MaxValue : (watermark >> _sliceBits) - 1;
        ReadOnlySpan<(TKey Key, ulong Hash)> due = _agenda.Take(last, Ahead, out long slice);
        if (_map.OutgrowsCache)
        {
            foreach ((_, ulong hash) in due)
                _map.Prefetch(hash);
            foreach ((TKey key, ulong hash) in due)
                Prefetch(key, hash);
        }

        foreach ((TKey key, ulong hash) in due)
            Fire(slice, key, hash);
        return due.Length;
    }

    private void Run<TSide, TOwn, TOther>(
        JoinSide<TOwn, TPartners> own, JoinSide<TOther, TPartners> other, in Chunk<TOwn> chunk, ReadOnlySpan<TKey> keys,
            ReadOnlySpan<ulong> hashes, ref int row)
        where TSide : struct, ISideOf<TOwn, TOther, TLeft, TRight>
    {
        while (row < chunk.Count && !IsOutputFull)
        {
            int end = Math.Min(row + Ahead, chunk.Count);
            _map.Reserve(end - row);
            if (_map.OutgrowsCache)
            {
                _map.Prefetch(hashes[row..end]);
                for (int at = row; at < end; at++)
                    Prefetch(keys[at], hashes[at]);
            }

            for (; row < end && !IsOutputFull; row++)
                OnRow<TSide, TOwn, TOther>(own, other, chunk.Rows[row], keys[row], hashes[row], chunk.Times[row]);
        }
    }

    /// <summary>Fetches what waits under a key whose entry is there already.</summary>
    private void Prefetch(TKey key, ulong hash)
    {
        int slot = _map.Find(key, hash);
        if (slot < 0)
            return;
        ref KeyBuffers buffers = ref _map.At(slot).State;
        _left.Rows.Prefetch(buffers.Left);
        _right.Rows.Prefetch(buffers.Right);
    }

    private void OnRow<TSide, TOwn,
        TOther>(JoinSide<TOwn, TPartners> own, JoinSide<TOther, TPartners> other, in TOwn row, TKey key, ulong hash, long time)
        where TSide : struct, ISideOf<TOwn, TOther, TLeft, TRight>
    {
        if (key is null)
        {
            if (own.EmitsAlone)
                Next(time) = TSide.Alone(row);
            return;
        }

        _late += time < Watermark ? 1 : 0;
        ref KeyBuffers buffers = ref _map.Touch(key, hash);
        Settle(ref buffers);
        bool isSettled = Meet<TSide, TOwn, TOther>(own, other, ref TSide.Other(ref buffers), row, time);
        if (isSettled && own.EmitsWhenMet)
        {
            // It has come out, and nothing on the other side waits for it.
            Next(time) = TSide.Alone(row);
        }
        else
        {
            long last = own.Partners.Last(time);
            if (!isSettled && own.EmitsAlone && IsPast(last, _allowed))
            {
                Next(time) = TSide.Alone(row);
                isSettled = true;
            }

            if (!IsPast(last, _retained))
            {
                bool isFirst = own.Rows.Add(ref TSide.Own(ref buffers), row, time,
                    (byte)(TimedRow<TOwn>.New | (isSettled ? TimedRow<TOwn>.Settled : 0)));
                _buffered++;
                if (buffers.IsScheduled && !isFirst && !own.EmitsAlone)
                    return;
            }
        }

        if (buffers.IsEmpty)
            _map.Remove(key, hash);
        else
            Schedule(ref buffers, key, hash);
    }

    /// <summary>Puts out the pairs of a row with those that wait on the other side.</summary>
    /// <returns>Whether there is any.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Meet<TSide, TOwn,
        TOther>(JoinSide<TOwn, TPartners> own, JoinSide<TOther, TPartners> other, ref TimedBuffer buffer, in TOwn row, long time)
        where TSide : struct, ISideOf<TOwn, TOther, TLeft, TRight>
    {
        if (buffer.Count == 0)
            return false;
        Span<TimedRow<TOther>> waiting = other.Rows.RowsOf(buffer);
        int first = RowBlocks<TOther>.CountBefore(waiting, own.Partners.First(time)), at = first;
        for (long last = own.Partners.Last(time); at < waiting.Length && waiting[at].Time <= last; at++)
        {
            ref TimedRow<TOther> partner = ref waiting[at];
            if (_emitsPairs)
                Next(Math.Max(time, partner.Time)) = TSide.Pair(row, partner.Row);
            else if (other.EmitsWhenMet && (partner.Flags & TimedRow<TOther>.Settled) == 0)
                Next(partner.Time) = TSide.OtherAlone(partner.Row);
            if (_remembersPartners)
                partner.Flags |= TimedRow<TOther>.Settled;
        }

        return at > first;
    }

    /// <summary>Takes a key whose slice has come.</summary>
    private void Fire(long slice, TKey key, ulong hash)
    {
        int slot = _map.Find(key, hash);
        if (slot < 0)
            return;
        ref KeyBuffers buffers = ref _map.At(slot).State;
        if (!buffers.IsScheduled || buffers.Due != slice)
            return;

        // Rows that are only dropped are not journaled: the watermark tells.
        if (_remembersPartners)
        {
            _map.Reserve(1);
            buffers = ref _map.Touch(key, hash);
        }

        buffers.IsScheduled = false;
        Settle(ref buffers);
        if (buffers.IsEmpty)
            _map.Remove(key, hash);
        else
            Schedule(ref buffers, key, hash);
    }

    /// <summary>Whether the watermark has passed <paramref name="time"/> by more than <paramref name="wait"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPast(long time, long wait) => EventTime.AddSaturated(time, wait) < Watermark || Watermark == EventTime.MaxValue;

    /// <summary>Puts out the rows that stayed alone, and drops those that can have no partner any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Settle(ref KeyBuffers buffers)
    {
        Settle<LeftOf<TLeft, TRight>, TLeft, TRight>(_left, ref buffers.Left);
        Settle<RightOf<TLeft, TRight>, TRight, TLeft>(_right, ref buffers.Right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Settle<TSide, TOwn, TOther>(JoinSide<TOwn, TPartners> own, ref TimedBuffer buffer)
        where TSide : struct, ISideOf<TOwn, TOther, TLeft, TRight>
    {
        if (buffer.Count > 0 && IsPast(own.Partners.Last(own.Rows.RowsOf(buffer)[0].Time), own.Wait))
            SettleDue<TSide, TOwn, TOther>(own, ref buffer);
    }

    private void SettleDue<TSide, TOwn, TOther>(JoinSide<TOwn, TPartners> own, ref TimedBuffer buffer)
        where TSide : struct, ISideOf<TOwn, TOther, TLeft, TRight>
    {
        int dropped = 0;
        foreach (ref TimedRow<TOwn> row in own.Rows.RowsOf(buffer))
        {
            long last = own.Partners.Last(row.Time);
            if (!IsPast(last, own.Wait))
                break;
            if (own.EmitsAlone && (row.Flags & TimedRow<TOwn>.Settled) == 0)
                Next(row.Time) = TSide.Alone(row.Row);
            row.Flags |= TimedRow<TOwn>.Settled;
            dropped += IsPast(last, _retained) ? 1 : 0;
        }

        if (dropped == 0)
            return;
        own.Rows.Drop(ref buffer, dropped);
        _buffered -= dropped;
    }

    /// <summary>Has the key looked at when the first of its rows is due: to come out alone, or to be dropped.</summary>
    private void Schedule(ref KeyBuffers buffers, TKey key, ulong hash)
    {
        long slice = Math.Min(_left.DueOf(buffers.Left), _right.DueOf(buffers.Right)) >> _sliceBits;
        if (buffers.IsScheduled && buffers.Due <= slice)
            return;
        buffers.Due = slice;
        buffers.IsScheduled = true;
        _agenda.Add(slice, key, hash);
    }
}

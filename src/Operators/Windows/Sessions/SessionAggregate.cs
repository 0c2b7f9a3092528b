using System.Runtime.CompilerServices;
using ActorStreams.Core.Storage;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams.Operators.Windows.Sessions;

/// <summary>One region of session windows that fire once, when they are complete.</summary>
/// <remarks>
/// Mostly a row prolongs the one open session of its key, or falls into it: two comparisons and an addition in place. Everything else (a
/// second session, a merge, a row that may be late) takes the sessions of the key out, changes the list and puts it back. A session is
/// taken out of the state as its
/// result goes out, so a barrier may cut in between any two chunks of results.
/// </remarks>
internal sealed class SessionAggregate<TKey, T, TAgg, TAcc, TOut>(
    RegionSite<TKey, T> site,
    SessionWindows windows, TAgg aggregator, SessionEntities<TKey, T, TAgg, TAcc, TOut> entities,
    WindowOutput<TKey, TOut> output, LateOutput<T> late)
    : OnTimeRegion<TKey, T, TOut>(site, output, late)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private const int BucketsPerGap = 16;
    private const int PrefetchDistance = 8;

    private readonly SessionStore<TKey, TAcc> _store = entities.Store;
    private readonly SessionTimers<TKey> _timers = new(Math.Max(1, windows.Gap / BucketsPerGap));
    private readonly List<Session<TAcc>> _sessions = [];
    private readonly long _gap = windows.Gap;

    /// <summary>A row further behind the last one opens a session.</summary>
    private readonly ulong _reach = (ulong)windows.Gap + (windows.MergesTouching ? 1UL : 0);

    /// <summary>The last row is at most this far behind the first one.</summary>
    private readonly ulong _span = (ulong)(windows.MaximumLength - windows.Gap);
    private int _at;

    public override EntityStates<TKey> Entities => entities;

    public override KeptBack KeptBack => KeptBack.Of("open sessions", () => _store.Map.Count + _store.FurtherCount);

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        StateMap<TKey, KeySessions<TAcc>> map = _store.Map;
        for (int slot = 0; slot < map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeySessions<TAcc>>.Entry entry = ref map.At(slot);
            if (map.IsLive(entry))
                SetTimer(ref entry.State, entry.Key, map.HashOf(entry.Key), isNew: true);
        }

        // What the last epoch left to fire goes first, before a row that came after it.
        if (Watermark != EventTime.MinValue)
            Loop.AdvanceLater();
    }

    public override Fired Fire()
    {
        while (!Output.IsFull)
        {
            if (!_timers.TryTake(Watermark, out TKey key, out ulong hash, out long due))
                return Fired.All;
            if (_timers.HashAhead(PrefetchDistance) is var ahead and not 0)
                _store.Map.Prefetch(ahead);
            LookAt(key, hash, due);
        }

        return Fired.Some;
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        StateMap<TKey, KeySessions<TAcc>> map = _store.Map;
        map.Reserve(chunk.Count);
        if (map.OutgrowsCache)
        {
            for (int row = 0; row < chunk.Count; row++)
                map.Prefetch(hashes[row]);
        }

        (long minimum, _, _) = TimeColumn.Scan(chunk.Times);
        if (Errors.Skips || EventTime.AddSaturated(minimum, _gap) <= Watermark || Late.IsBehindSource(chunk, minimum))
        {
            for (int row = 0; row < chunk.Count; row++)
                AddGuarded(chunk, row, keys[row], hashes[row]);
            return;
        }

        _at = 0;
        try
        {
            AddAll(map, chunk, keys, hashes);
        }
        catch (Exception error)
        {
            Errors.OnRow(error, chunk.Rows[_at], chunk.Times[_at], chunk.PositionOf(_at));
        }
    }

    /// <summary>Rows none of which is late, and whose errors end the job.</summary>
    private void AddAll(StateMap<TKey, KeySessions<TAcc>> map, in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        ReadOnlySpan<T> rows = chunk.Rows;
        ReadOnlySpan<long> times = chunk.Times[..rows.Length];
        ulong reach = _reach, span = _span;
        for (int row = 0; row < rows.Length; row++)
        {
            _at = row;
            long time = times[row];
            ref KeySessions<TAcc> state = ref map.Touch(keys[row], hashes[row]);
            if (state.Further == -1)
            {
                // Distances as unsigned numbers: what lies on the other side is larger than any that counts.
                if ((ulong)(time - state.Latest.Last) < reach && (ulong)(time - state.Latest.First) <= span)
                {
                    state.Latest.Last = time;
                    aggregator.Add(ref state.Latest.Accumulator, rows[row]);
                    continue;
                }

                if ((ulong)(time - state.Latest.First) <= (ulong)(state.Latest.Last - state.Latest.First))
                {
                    aggregator.Add(ref state.Latest.Accumulator, rows[row]);
                    continue;
                }
            }

            if (state.Further == 0)
                Open(ref state, keys[row], hashes[row], time, rows[row]);
            else
                Insert(ref state, keys[row], hashes[row], time, rows[row]);
        }
    }

    private void Open(ref KeySessions<TAcc> state, TKey key, ulong hash, long time, in T row)
    {
        state.Latest.First = state.Latest.Last = time;
        aggregator.Add(ref state.Latest.Accumulator, row);
        state.Further = -1;
        state.Due = EventTime.AddSaturated(time, _gap);
        _timers.Add(key, hash, state.Due);
    }

    /// <summary>Adds a row to the sessions that it overlaps, which become one, or opens one between the others.</summary>
    private void Insert(ref KeySessions<TAcc> state, TKey key, ulong hash, long time, in T row)
    {
        _store.Get(state, _sessions);
        int at = -1;
        for (int i = 0; i < _sessions.Count; i++)
        {
            Session<TAcc> other = _sessions[i];
            if (at < 0 && Overlap(other, time, time))
            {
                aggregator.Add(ref other.Accumulator, row);
                _sessions[at = i] = other with { First = Math.Min(other.First, time), Last = Math.Max(other.Last, time) };
            }
            else if (at >= 0 && Overlap(other, _sessions[at].First, _sessions[at].Last))
            {
                Session<TAcc> joined = _sessions[at];
                aggregator.Merge(ref joined.Accumulator, other.Accumulator);
                _sessions[at] = joined with { First = Math.Min(other.First, joined.First), Last = Math.Max(other.Last, joined.Last) };
                _sessions.RemoveAt(i--);
            }
        }

        if (at < 0)
        {
            var opened = new Session<TAcc>(time, time, default!);
            aggregator.Add(ref opened.Accumulator, row);
            at = _sessions.FindIndex(other => other.First > time);
            _sessions.Insert(at < 0 ? _sessions.Count : at, opened);
        }

        _store.Set(ref state, _sessions);
        SetTimer(ref state, key, hash, isNew: false);
    }

    private bool Overlap(in Session<TAcc> other, long first, long last)
    {
        bool isNear = first > other.Last ? (ulong)(first - other.Last) < _reach : last >= other.First
            || (ulong)(other.First - last) < _reach;
        return isNear && (ulong)(Math.Max(last, other.Last) - Math.Min(first, other.First)) <= _span;
    }

    /// <summary>Sees to it that the timers look at the key when its first session ends.</summary>
    private void SetTimer(ref KeySessions<TAcc> state, TKey key, ulong hash, bool isNew)
    {
        long last = state.Latest.Last;
        if (state.Further > 0)
        {
            _store.Get(state, _sessions);
            foreach (Session<TAcc> session in _sessions)
                last = Math.Min(last, session.Last);
        }

        long due = EventTime.AddSaturated(last, _gap);
        if (!isNew && due >= state.Due)
            return;
        state.Due = due;
        _timers.Add(key, hash, due);
    }

    /// <summary>A row that may be late, or may throw and must then leave no trace.</summary>
    private void AddGuarded(in Chunk<T> chunk, int row, TKey key, ulong hash)
    {
        long time = chunk.Times[row];
        if (Late.IsBehindSource(chunk, time))
        {
            Late.OnLate(chunk.Slice(row, 1), chunk.SourceWatermark);
            return;
        }

        StateMap<TKey, KeySessions<TAcc>> map = _store.Map;
        int slot = map.Find(key, hash);
        _sessions.Clear();
        if (slot >= 0)
            _store.Get(map.At(slot).State, _sessions);
        int at = _sessions.FindIndex(session => Overlap(session, time, time));
        if (at < 0 && EventTime.AddSaturated(time, _gap) <= Watermark)
        {
            Late.OnLate(chunk.Slice(row, 1), Watermark);
            return;
        }

        try
        {
            if (Errors.Skips)
                Try(at, chunk.Rows[row]);
            map.Reserve(1);
            ref KeySessions<TAcc> state = ref map.Touch(key, hash);
            if (state.Further == 0)
                Open(ref state, key, hash, time, chunk.Rows[row]);
            else
                Insert(ref state, key, hash, time, chunk.Rows[row]);
        }
        catch (Exception error)
        {
            Errors.OnRow(error, chunk.Rows[row], time, chunk.PositionOf(row));
        }
    }

    /// <summary>Throws what adding the row, and merging the sessions that it joins, would throw.</summary>
    private void Try(int at, in T row)
    {
        TAcc accumulator = at < 0 ? default! : _sessions[at].Accumulator;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
        {
            aggregator.Check(accumulator, row);
            return;
        }

        aggregator.Add(ref accumulator, row);
        for (int i = at + 1; at >= 0 && i < _sessions.Count; i++)
            aggregator.Merge(ref accumulator, _sessions[i].Accumulator);
    }

    /// <summary>Fires the first session of a key that is complete.</summary>
    private void LookAt(TKey key, ulong hash, long due)
    {
        StateMap<TKey, KeySessions<TAcc>> map = _store.Map;
        int slot = map.Find(key, hash);
        if (slot < 0 || map.At(slot).State.Due != due)
            return;
        ref KeySessions<TAcc> state = ref map.At(slot).State;
        if (state.Further == -1)
        {
            if (EventTime.AddSaturated(state.Latest.Last, _gap) > Watermark)
            {
                SetTimer(ref state, key, hash, isNew: true);
                return;
            }

            Session<TAcc> session = state.Latest;
            map.Remove(key, hash);
            Put(key, session);
            return;
        }

        _store.Get(state, _sessions);
        int first = _sessions.FindIndex(session => EventTime.AddSaturated(session.Last, _gap) <= Watermark);
        if (first < 0)
        {
            SetTimer(ref state, key, hash, isNew: true);
            return;
        }

        // One at a time: there is room for one result.
        Session<TAcc> complete = _sessions[first];
        _sessions.RemoveAt(first);
        map.Reserve(1);
        state = ref map.Touch(key, hash);
        _store.Set(ref state, _sessions);
        if (_sessions.Count == 0)
            map.Remove(key, hash);
        else
            SetTimer(ref state, key, hash, isNew: true);
        Put(key, complete);
    }

    private void Put(TKey key, in Session<TAcc> session)
    {
        var window = new Window(session.First, EventTime.AddSaturated(session.Last, _gap));
        try
        {
            Output.Add(key, window, aggregator.Result(session.Accumulator));
        }
        catch (Exception error)
        {
            Errors.OnWindow(error, key, window);
        }
    }
}

using ActorStreams.Core.Actors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Windows;
using ActorStreams.Operators.Windows.Runtime;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>What a region's outputs are.</summary>
internal sealed record MatchOutputs<TKey, T>(
    MatchSink<Match<TKey, T>> Matches, MatchSink<TimedOutMatch<TKey, T>>? TimedOut, LateOutput<T> Late, bool IsProcessingTime);

/// <summary>One region of a pattern operator.</summary>
/// <remarks>
/// Rows wait in buckets until the watermark has passed them; then they are tried in order on the runs of their keys. What is complete is judged by the
/// watermark rounded down to whole steps, so that a restart, after which the source may say a watermark a little higher, finds the same rows late.
/// A row of a key without runs that cannot begin one costs a call of the first condition and a look into a small table.
/// </remarks>
internal sealed class MatchRegion<TKey, T> : KeyedOperator<TKey, T>, IResumable, IProcessingTimePart, IMatchOutput
{
    private const int ChunksPerTurn = 64;

    private readonly Func<T, TKey> _keyOf;
    private readonly MatchEntities<TKey, T> _entities;
    private readonly MatchOutputs<TKey, T> _outputs;
    private readonly LateOutput<T> _late;
    private readonly Automaton<T> _automaton;
    private readonly MatchStates<TKey, T> _states;
    private readonly RowBuckets<T> _waiting;
    private readonly Matcher<T> _matcher;
    private readonly Alarms<TKey> _alarms;
    private readonly bool[] _marks = new bool[Chunk<T>.Size];
    private readonly RowBucket<T> _arrived;
    private readonly bool _withPositions;
    private RowBucket<T>? _bucket;
    private int _at;
    private int _markedFrom;
    private int _markedTo;
    private int _chunks;
    private TKey _key = default!;
    private long _complete = EventTime.MinValue;
    private long _clock = EventTime.MinValue;
    private long _emitTime;
    private bool _isAdvancing;
    private long _matches;
    private long _timedOut;

    public MatchRegion(string name, ActorContext context, ShardRange shards, Func<T, TKey> keyOf, OperatorErrors errors,
        MatchEntities<TKey, T> entities, MatchOutputs<TKey, T> outputs, long step, bool withPositions)
        : base(name, context, shards, keyOf, errors)
    {
        (_keyOf, _entities, _outputs, _withPositions) = (keyOf, entities, outputs, withPositions);
        (_automaton, _states, _waiting) = (entities.Automaton, entities.States, entities.Waiting);
        _matcher = new Matcher<T>(_automaton, _states.Buffer, this);
        _alarms = new Alarms<TKey>(step);
        _late = outputs.Late;
        _arrived = new RowBucket<T>(withPositions);
    }

    public bool IsSuspended { get; private set; }

    /// <summary>Rows leave the state in the order in which they are matched; those that come in processing time are no state.</summary>
    public bool CanCut => !_outputs.IsProcessingTime && Unsent == 0;

    public override EntityStates<TKey> Entities => _entities;

    public long NextProcessingTime => _outputs.IsProcessingTime ? _alarms.Next : EventTime.MaxValue;

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [("late_dropped", _late.Rows), ("matches", _matches), ("timed_out", _timedOut), ("rows_capped", _matcher.Capped)];

    public override async ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _complete = _waiting.StepOf(Watermark);
        _matcher.NextNumber = _states.NextNumber;
        for (int slot = 0; slot < _states.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyRuns>.Entry entry = ref _states.Map.At(slot);
            if (!_states.Map.IsLive(entry))
                continue;
            _matcher.FindDeadline(ref entry.State);
            entry.State.Alarm = EventTime.MaxValue;
            _alarms.Set(ref entry.State, entry.Key, KeyHash<TKey>.Of(entry.Key));
        }
    }

    public void Resume() => Continue();

    public void OnProcessingTime(long now)
    {
        _clock = Math.Max(_clock, now);
        Continue();
    }

    void IMatchOutput.OnMatch(int node, long time)
    {
        _matches++;
        var match = new Match<TKey, T>(_key, _automaton, MatchedEvents<T>.Of(_states.Buffer, node, _withPositions));
        Select(_outputs.Matches, match, time);
    }

    void IMatchOutput.OnTimedOut(int node, int waitedFor, long deadline)
    {
        _timedOut++;
        if (_outputs.TimedOut is { } sink)
            Select(sink, new TimedOutMatch<TKey, T>(_key, _automaton, MatchedEvents<T>.Of(_states.Buffer, node, _withPositions), waitedFor, deadline), deadline);
    }

    protected override void RestoreCounters(Func<string, long> counter)
    {
        (_late.Rows, _matches, _timedOut) = (counter("late_dropped"), counter("matches"), counter("timed_out"));
        _matcher.RestoreCapped(counter("rows_capped"));
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        if (_outputs.IsProcessingTime)
        {
            Arrive(chunk, hashes);
            if (!IsSuspended)
                Continue();
            return;
        }

        Func<T, bool>[]? filters = _automaton.RowFilters;
        if (filters is not null)
            Mark(chunk.Rows, filters);
        for (int row = 0; row < chunk.Count;)
        {
            long time = chunk.Times[row];
            if (time < _complete)
            {
                _late.OnLate(chunk.Slice(row, 1), Watermark);
                row++;
                continue;
            }

            if (filters is not null)
            {
                if (_marks[row])
                    _waiting.Add(chunk, hashes, row, row + 1);
                row++;
                continue;
            }

            long step = _waiting.StepOf(time);
            int next = row + 1;
            while (next < chunk.Count && chunk.Times[next] >= _complete && _waiting.StepOf(chunk.Times[next]) == step)
                next++;
            _waiting.Add(chunk, hashes, row, next);
            row = next;
        }
    }

    protected override void Advance(long watermark)
    {
        if (!_outputs.IsProcessingTime)
            _complete = _waiting.StepOf(watermark);
        _isAdvancing = true;
        Continue();
    }

    private void Select<TMatch>(MatchSink<TMatch> sink, TMatch match, long time)
    {
        try
        {
            sink.Add(match, _outputs.IsProcessingTime ? _emitTime : time);
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"match of key {_key}", time, Position.None);
        }
    }

    /// <summary>In processing time a row's time is the clock's when it comes.</summary>
    private void Arrive(in Chunk<T> chunk, ulong[] hashes)
    {
        _clock = Math.Max(_clock, Context.Clock.GetUtcNow().ToMicros());
        _arrived.Reserve(chunk.Count);
        for (int row = 0; row < chunk.Count; row++)
        {
            int at = _arrived.Count++;
            (_arrived.Rows[at], _arrived.Times[at], _arrived.Hashes[at], _arrived.Numbers[at]) = (chunk.Rows[row], _clock, hashes[row], chunk.Times[row]);
            if (_withPositions)
                _arrived.Positions[at] = chunk.PositionOf(row);
        }
    }

    /// <summary>Marks the rows that pass a filter, or on which one throws: that is for the row's turn to tell.</summary>
    private void Mark(ReadOnlySpan<T> rows, ReadOnlySpan<Func<T, bool>> filters)
    {
        _marks.AsSpan(0, rows.Length).Clear();
        foreach (Func<T, bool> filter in filters)
        {
            int row = 0;
            while (row < rows.Length)
            {
                try
                {
                    Mark(rows, filter, ref row);
                }
                catch (Exception)
                {
                    _marks[row++] = true;
                }
            }
        }
    }

    private void Mark(ReadOnlySpan<T> rows, Func<T, bool> filter, ref int at)
    {
        Span<bool> marks = _marks.AsSpan(0, rows.Length);
        for (int row = at; row < rows.Length; row++)
        {
            at = row;
            marks[row] |= filter(rows[row]);
        }

        at = rows.Length;
    }

    private void Continue()
    {
        IsSuspended = true;
        if (!Send() || (_outputs.IsProcessingTime ? !RunArrived() : !RunWaiting()) || !Fire(_outputs.IsProcessingTime ? _clock : _complete) || !Send())
            return;
        IsSuspended = false;
        if (!_isAdvancing)
            return;
        _isAdvancing = false;

        // Rows at or above the rounded watermark still wait: what they become must not be late downstream.
        long watermark = _outputs.IsProcessingTime ? Watermark : _complete;
        _outputs.Matches.OnWatermark(watermark);
        _outputs.TimedOut?.OnWatermark(watermark);
        _late.OnWatermark(watermark);
    }

    private bool RunArrived()
    {
        _bucket = _arrived;
        if (!RunBucket())
            return false;
        (_at, _bucket) = (0, null);
        _arrived.Clear();
        return true;
    }

    private bool RunWaiting()
    {
        while ((_bucket ??= _waiting.Peek(_complete)) is not null)
        {
            if (!RunBucket())
            {
                _waiting.DoneTo(_at);
                return false;
            }

            (_at, _bucket) = (0, null);
            _waiting.Drop();
        }

        _waiting.GoneBefore(_complete);
        return true;
    }

    /// <returns>Whether all rows of the bucket are done; false if output is full, or if others are to have their turn: a barrier, who asks about a key.</returns>
    private bool RunBucket()
    {
        RowBucket<T> bucket = _bucket!;
        _markedTo = _at;
        while (_at < bucket.Count)
        {
            if (_at >= _markedTo)
            {
                if (++_chunks % ChunksPerTurn == 0 && Send())
                    Context.Yield();
                if (Context.MustYield)
                    return false;
                MarkStarts(bucket);
            }

            int row = _at++;
            bool mayStart = _marks[row - _markedFrom];
            if (!mayStart && !_states.MayHave(bucket.Hashes[row]))
                continue;
            OnRow(bucket, row, mayStart);
            if (Unsent >= Chunk<T>.Size && !Send())
                return false;
        }

        return true;
    }

    private int Unsent => _outputs.Matches.Count + (_outputs.TimedOut?.Count ?? 0);

    private bool Send() => _outputs.Matches.Send(Context) && (_outputs.TimedOut?.Send(Context) ?? true);

    private void MarkStarts(RowBucket<T> bucket)
    {
        (_markedFrom, _markedTo) = (_at, Math.Min(bucket.Count, _at + Chunk<T>.Size));
        if (_automaton.StartFilter is { } filter)
            Mark(bucket.Rows.AsSpan(_markedFrom, _markedTo - _markedFrom), [filter]);
        else
            _marks.AsSpan(0, _markedTo - _markedFrom).Fill(true);
    }

    private void OnRow(RowBucket<T> bucket, int row, bool mayStart)
    {
        ulong hash = bucket.Hashes[row];
        _key = _keyOf(bucket.Rows[row]);
        int slot = _states.Map.Find(_key, hash);
        if (slot < 0 && !mayStart)
            return;
        KeyRuns runs = slot < 0 ? KeyRuns.None : _states.Map.At(slot).State;
        long time = bucket.Times[row];
        long position = _withPositions ? bucket.Positions[row] : Position.None;
        _emitTime = _outputs.IsProcessingTime ? bucket.Numbers[row] : time;
        bool isChanged = _matcher.Expire(ref runs, time);
        try
        {
            isChanged |= _matcher.OnRow(ref runs, bucket.Rows[row], time, position);
        }
        catch (Exception error)
        {
            Errors.OnRow(error, bucket.Rows[row], _emitTime, position);
        }

        if (isChanged)
            Save(_key, hash, ref runs, slot >= 0);
    }

    private void Save(TKey key, ulong hash, ref KeyRuns runs, bool existed)
    {
        if (!runs.IsEmpty)
            _alarms.Set(ref runs, key, hash);
        _states.Save(key, hash, runs, existed);
    }

    /// <returns>Whether every key that is due was looked at; false if output is full.</returns>
    private bool Fire(long now)
    {
        while (_alarms.TryTake(now, out TKey key, out ulong hash, out long at))
        {
            int slot = _states.Map.Find(key, hash);
            if (slot < 0 || _states.Map.At(slot).State.Alarm != at)
                continue;
            KeyRuns runs = _states.Map.At(slot).State;
            runs.Alarm = EventTime.MaxValue;
            (_key, _emitTime) = (key, Watermark);
            if (_matcher.Expire(ref runs, now))
            {
                Save(key, hash, ref runs, existed: true);
            }
            else
            {
                _alarms.Set(ref runs, key, hash);
                _states.Map.At(slot).State = runs;
            }

            if (Unsent >= Chunk<T>.Size && !Send())
                return false;
        }

        return true;
    }
}

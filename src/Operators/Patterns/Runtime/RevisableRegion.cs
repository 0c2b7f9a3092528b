using ActorStreams.Core.Actors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Windows;
using ActorStreams.Operators.Windows.Runtime;

namespace ActorStreams.Operators.Patterns.Runtime;

/// <summary>What a revisable region's outputs are.</summary>
internal sealed record RevisableOutputs<TKey, T>(
    MatchSink<RevisedMatch<TKey, T>> Matches, MatchSink<Match<TKey, T>>? Confirmed, MatchSink<TimedOutMatch<TKey, T>>? TimedOut, LateOutput<Change<T>> Late);

/// <summary>One region of a revisable pattern operator.</summary>
/// <remarks>
/// Every row is matched twice: when it comes, on runs that go on from those at the watermark (<see cref="Revisions{TKey, T}"/>), and when the watermark has
/// passed it, on the runs that are stored. What the second finds is confirmed; if the first has not found it too it is emitted then.
/// </remarks>
internal sealed class RevisableRegion<TKey, T> : KeyedOperator<TKey, Change<T>>, IResumable, IMatchOutput
{
    private readonly RevisableEntities<TKey, T> _entities;
    private readonly RevisableOutputs<TKey, T> _outputs;
    private readonly LateOutput<Change<T>> _late;
    private readonly Automaton<T> _automaton;
    private readonly MatchStates<TKey, T> _states;
    private readonly RowBuckets<Change<T>> _waiting;
    private readonly Matcher<T> _matcher;
    private readonly Alarms<TKey> _alarms;
    private readonly Revisions<TKey, T> _revisions;
    private readonly Func<Change<T>, TKey> _keyOf;
    private readonly int _maxRows;
    private readonly bool _withPositions;
    private RowBucket<Change<T>>? _bucket;
    private int _at;
    private TKey _key = default!;
    private long _complete = EventTime.MinValue;
    private bool _isAdvancing;
    private long _matches;
    private long _timedOut;
    private long _retracted;
    private long _capped;

    public RevisableRegion(string name, ActorContext context, ShardRange shards, Func<Change<T>, TKey> keyOf, OperatorErrors errors,
        RevisableEntities<TKey, T> entities, RevisableOutputs<TKey, T> outputs, long step, int maxRows, bool withPositions)
        : base(name, context, shards, keyOf, errors)
    {
        (_keyOf, _entities, _outputs, _maxRows, _withPositions) = (keyOf, entities, outputs, maxRows, withPositions);
        (_automaton, _states, _waiting) = (entities.Automaton, entities.States, entities.Waiting);
        _matcher = new Matcher<T>(_automaton, _states.Buffer, this);
        _alarms = new Alarms<TKey>(step);
        _late = outputs.Late;
        _revisions = new Revisions<TKey, T>(_states, _automaton, withPositions, Emit);
    }

    public bool IsSuspended { get; private set; }

    /// <summary>Rows that cancel each other leave together, a step of event time at once.</summary>
    public bool CanCut => false;

    public override EntityStates<TKey> Entities => _entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [("late_dropped", _late.Rows), ("matches", _matches), ("timed_out", _timedOut), ("retracted", _retracted), ("rows_capped", _capped + _matcher.Capped)];

    private int Unsent => _outputs.Matches.Count + (_outputs.Confirmed?.Count ?? 0) + (_outputs.TimedOut?.Count ?? 0);

    public override async ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _complete = _waiting.StepOf(Watermark);
        _waiting.NumberFrom(_states.NextNumber);
        for (int slot = 0; slot < _states.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, KeyRuns>.Entry entry = ref _states.Map.At(slot);
            if (!_states.Map.IsLive(entry))
                continue;
            _matcher.FindDeadline(ref entry.State);
            entry.State.Alarm = EventTime.MaxValue;
            _alarms.Set(ref entry.State, entry.Key, KeyHash<TKey>.Of(entry.Key));
        }

        foreach ((Change<T> change, long time, _, long number, long position) in _waiting.InOrderOfArrival())
            _revisions.Restore(_keyOf(change), change, new Place(time, number), position);
        _revisions.EndRestore();
    }

    public void Resume() => Continue();

    void IMatchOutput.OnMatch(int node, long time)
    {
        _matches++;
        var match = EarlyMatch<T>.Of(_states.Buffer, node, time, _withPositions);
        if (!_revisions.Confirm(_key, match))
            Emit(_key, match, 1);
        if (_outputs.Confirmed is { } sink)
            Select(sink, new Match<TKey, T>(_key, _automaton, match.Events), time);
    }

    void IMatchOutput.OnTimedOut(int node, int waitedFor, long deadline)
    {
        _timedOut++;
        if (_outputs.TimedOut is { } sink)
            Select(sink, new TimedOutMatch<TKey, T>(_key, _automaton, MatchedEvents<T>.Of(_states.Buffer, node, _withPositions), waitedFor, deadline), deadline);
    }

    protected override void RestoreCounters(Func<string, long> counter) =>
        (_late.Rows, _matches, _timedOut, _retracted, _capped) = (counter("late_dropped"), counter("matches"), counter("timed_out"), counter("retracted"), counter("rows_capped"));

    protected override void OnKeyed(in Chunk<Change<T>> chunk, TKey[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count; row++)
        {
            if (chunk.Times[row] < _complete)
                _late.OnLate(chunk.Slice(row, 1), Watermark);
            else if (MayMatter(chunk.Rows[row].Row))
                OnChange(chunk.Slice(row, 1), keys[row], hashes[row]);
        }

        if (!IsSuspended)
            Continue();
    }

    protected override void Advance(long watermark)
    {
        _complete = _waiting.StepOf(watermark);
        _isAdvancing = true;
        Continue();
    }

    private void Emit(TKey key, EarlyMatch<T> match, int weight)
    {
        _retracted += weight < 0 ? 1 : 0;
        Select(_outputs.Matches, new RevisedMatch<TKey, T>(new Match<TKey, T>(key, _automaton, match.Events), weight), match.Time);
    }

    private void Select<TMatch>(MatchSink<TMatch> sink, TMatch match, long time)
    {
        try
        {
            sink.Add(match, time);
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"match of key {_key}", time, Position.None);
        }
    }

    /// <summary>Whether a row may change anything; one on which a filter throws is kept for its turn to tell.</summary>
    private bool MayMatter(T row)
    {
        if (_automaton.RowFilters is not { } filters)
            return true;
        try
        {
            foreach (Func<T, bool> filter in filters)
            {
                if (filter(row))
                    return true;
            }

            return false;
        }
        catch (Exception)
        {
            return true;
        }
    }

    private void OnChange(in Chunk<Change<T>> one, TKey key, ulong hash)
    {
        _key = key;
        Change<T> change = one.Rows[0];
        int weight = Math.Sign(change.Weight);
        for (int count = Math.Abs(change.Weight); count > 0; count--)
        {
            if (_revisions.WaitingOf(key) >= _maxRows)
            {
                _capped++;
                var error = new PatternLimitException($"Key {key} has {_maxRows} rows that the watermark has not passed, as many as are matched early. " +
                    $"Let the watermark follow more closely, or raise {nameof(RevisablePatternStream<,>.MaxUnconfirmedRows)}.");
                Errors.OnRow(error, change, one.Times[0], one.PositionOf(0));
                return;
            }

            var single = new Change<T>(change.Row, weight);
            var place = new Place(one.Times[0], _waiting.NextNumber);
            _waiting.Add(new Chunk<Change<T>>([single], one.Times, one.Positions), [hash], 0, 1);
            _revisions.OnChange(key, single, place, one.PositionOf(0));
        }
    }

    private bool Send() => _outputs.Matches.Send(Context) && (_outputs.Confirmed?.Send(Context) ?? true) && (_outputs.TimedOut?.Send(Context) ?? true);

    private void Continue()
    {
        IsSuspended = true;
        if (!Send() || !RunWaiting() || !Fire(_complete) || !Send())
            return;
        IsSuspended = false;
        if (!_isAdvancing)
            return;
        _isAdvancing = false;
        _outputs.Matches.OnWatermark(_complete);
        _outputs.Confirmed?.OnWatermark(_complete);
        _outputs.TimedOut?.OnWatermark(_complete);
        _late.OnWatermark(_complete);
    }

    private bool RunWaiting()
    {
        while ((_bucket ??= _waiting.Peek(_complete)) is { } bucket)
        {
            while (_at < bucket.Count)
            {
                Settle(bucket, _at++);
                if (Unsent >= Chunk<T>.Size && !Send())
                    return false;
            }

            (_at, _bucket) = (0, null);
            _waiting.Drop();
        }

        _waiting.GoneBefore(_complete);
        return true;
    }

    /// <summary>The watermark has passed a row or a retraction.</summary>
    private void Settle(RowBucket<Change<T>> bucket, int at)
    {
        (ulong hash, long time, long number) = (bucket.Hashes[at], bucket.Times[at], bucket.Numbers[at]);
        long position = _withPositions ? bucket.Positions[at] : Position.None;
        Change<T> change = bucket.Rows[at];
        _key = _keyOf(change);
        switch (_revisions.Take(_key, new Place(time, number), change.Weight))
        {
            case Settled.Row:
                Match(hash, change.Row, time, number, position);
                break;
            case Settled.Unmatched:
                Errors.OnRow(new PatternLimitException("The retraction takes back a row that never came, or that came with another event time."), change, time, position);
                break;
        }

        _revisions.Close(_key);
    }

    private void Match(ulong hash, T row, long time, long number, long position)
    {
        int slot = _states.Map.Find(_key, hash);
        KeyRuns runs = slot < 0 ? KeyRuns.None : _states.Map.At(slot).State;
        bool isChanged = _matcher.Expire(ref runs, time);
        try
        {
            isChanged |= _matcher.OnRow(ref runs, row, time, number, position);
        }
        catch (Exception error)
        {
            Errors.OnRow(error, row, time, position);
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
            _key = key;
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

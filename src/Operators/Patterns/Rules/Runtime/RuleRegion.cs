using System.Runtime.InteropServices;
using ActorStreams.Core;
using ActorStreams.Core.Actors;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.EventSourcing;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Records;
using ActorStreams.Core.State;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Patterns.Runtime;
using ActorStreams.Operators.Windows.Runtime;

namespace ActorStreams.Operators.Patterns.Rules.Runtime;

/// <summary>One region of a rules operator.</summary>
/// <remarks>
/// Rows wait in buckets until the watermark has passed them, changes beside them until their time has come; then both are taken in the order of event
/// time, a change before the rows of its time. The index says for a chunk of rows which rules each may concern; what concerns none, and has no partial
/// match that every row may change, is done with.
/// </remarks>
internal sealed partial class RuleRegion<TKey, T> : KeyedOperator<TKey, T>, IResumable, IMatchOutput
{
    private readonly Func<T, TKey> _keyOf;
    private readonly RuleEntities<TKey, T> _entities;
    private readonly RuleOutputs<TKey, T> _outputs;
    private readonly LateOutput<T> _late;
    private readonly RuleSettings<TKey, T> _settings;
    private readonly RuleSet<T> _rules;
    private readonly RuleCells<TKey, T> _cells;
    private readonly RowBuckets<T> _waiting;
    private readonly RuleIndex<T> _index = new();
    private readonly Alarms<(TKey Key, int Rule)> _alarms;
    private readonly bool _withPositions;
    private RowBucket<T>? _bucket;
    private int _at;
    private int _foundFrom;
    private int _foundTo;
    private int[] _candidates = new int[16];
    private int _candidateCount;
    private long[] _seenAt = [];
    private bool[] _mayStart = [];
    private long _seen;
    private TKey _key = default!;
    private Rule<T> _rule = null!;
    private long _complete = EventTime.MinValue;
    private long _sent = EventTime.MinValue;
    private bool _isAdvancing;
    private (Rule<T> Rule, Exception Error, int Others)? _failure;

    public RuleRegion(string name, ActorContext context, ShardRange shards, Func<T, TKey> keyOf, OperatorErrors errors,
        RuleEntities<TKey, T> entities, RuleOutputs<TKey, T> outputs, RuleSettings<TKey, T> settings, long step, bool withPositions)
        : base(name, context, shards, keyOf, errors)
    {
        (_keyOf, _entities, _outputs, _settings, _withPositions) = (keyOf, entities, outputs, settings, withPositions);
        (_rules, _cells, _waiting) = (entities.Rules, entities.Cells, entities.Waiting);
        _alarms = new Alarms<(TKey, int)>(step);
        _late = outputs.Late;
    }

    public bool IsSuspended { get; private set; }

    /// <summary>A bucket is finished before a barrier passes: what the journal says is gone is gone as a whole.</summary>
    public bool CanCut => false;

    public override EntityStates<TKey> Entities => _entities;

    private int Unsent => _outputs.Matches.Count + (_outputs.TimedOut?.Count ?? 0);

    public override async ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        if (!Shards.Contains(0))
            await ReadRulesAsync(opening, cancellation);
        _complete = _sent = _waiting.StepOf(Watermark);
        Bind();
    }

    public void Resume() => Continue();

    void IMatchOutput.OnMatch(int node, long time)
    {
        _matches++;
        var events = MatchedEvents<T>.Of(_cells.Buffer, node, _withPositions);
        Select(_outputs.Matches, new RuleMatch<TKey, T>(_key, _rule.Automaton, events, _rule.Id, _rule.Version), time);
    }

    void IMatchOutput.OnTimedOut(int node, int waitedFor, long deadline)
    {
        _timedOut++;
        if (_outputs.TimedOut is not { } sink)
            return;
        var events = MatchedEvents<T>.Of(_cells.Buffer, node, _withPositions);
        Select(sink, new TimedOutRuleMatch<TKey, T>(_key, _rule.Automaton, events, waitedFor, deadline, _rule.Id, _rule.Version), deadline);
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count;)
        {
            long time = chunk.Times[row];
            if (time < _complete)
            {
                _late.OnLate(chunk.Slice(row, 1), Watermark);
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
        _complete = _waiting.StepOf(watermark);
        _isAdvancing = true;
        Continue();
    }

    /// <remarks>A rule whose bounds became shorter may find that the time of a partial match was over before the watermark: it is now.</remarks>
    private void Select<TMatch>(MatchSink<TMatch> sink, TMatch match, long time)
    {
        try
        {
            sink.Add(match, Math.Max(time, _sent));
        }
        catch (Exception error)
        {
            Errors.OnPayload(error, $"match of {_rule}, key {_key}", time, Position.None);
        }
    }

    private bool Send() => _outputs.Matches.Send(Context) && (_outputs.TimedOut?.Send(Context) ?? true);

    private void Continue()
    {
        IsSuspended = true;
        if (!Send() || !RunWaiting() || !Fire(_complete) || !Send())
            return;
        IsSuspended = false;
        if (!_isAdvancing)
            return;
        _isAdvancing = false;

        // Rows at or above the rounded watermark still wait: what they become must not be late downstream.
        _sent = _complete;
        _outputs.Matches.OnWatermark(_complete);
        _outputs.TimedOut?.OnWatermark(_complete);
        _late.OnWatermark(_complete);
    }

    private bool RunWaiting()
    {
        while ((_bucket ??= _waiting.Peek(_complete)) is { } bucket)
        {
            if (!RunBucket(bucket))
                return false;
            (_at, _foundFrom, _foundTo, _bucket) = (0, 0, 0, null);
            _waiting.Drop();
        }

        _waiting.GoneBefore(_complete);
        return Change(_complete);
    }

    /// <returns>Whether all rows of the bucket are done; false if output is full.</returns>
    private bool RunBucket(RowBucket<T> bucket)
    {
        RowHits<T> hits = _index.Hits;
        while (_at < bucket.Count)
        {
            if (_at == _foundTo && !FindRules(bucket))
                return false;
            int row = _at, hit = hits.First(row - _foundFrom);
            _at++;
            if (hit == -1 && _index.Always.Count == 0 && !_cells.MayNeedEveryRow(bucket.Hashes[row]))
                continue;
            if (hits.HasThrown(row - _foundFrom))
                OnThrown(bucket, row);
            else
                OnRow(bucket, row, hit);
            if (Unsent >= Chunk<T>.Size && !Send())
                return false;
        }

        return true;
    }

    /// <summary>Finds what the next rows hit, up to the next change of rules.</summary>
    private bool FindRules(RowBucket<T> bucket)
    {
        if (!Change(bucket.Times[_at]))
            return false;
        int to = Math.Min(bucket.Count, _at + Chunk<T>.Size);
        long nextChange = _rules.NextTime;
        if (bucket.Times[to - 1] >= nextChange)
        {
            to = _at;
            while (bucket.Times[to] < nextChange)
                to++;
        }

        (_foundFrom, _foundTo) = (_at, to);
        _index.Find(bucket.Rows.AsSpan(_at, to - _at));
        return true;
    }

    private void OnThrown(RowBucket<T> bucket, int row)
    {
        try
        {
            _index.Touch(bucket.Rows[row]);
        }
        catch (Exception error)
        {
            Errors.OnRow(error, bucket.Rows[row], bucket.Times[row], _withPositions ? bucket.Positions[row] : Position.None);
        }
    }

    private void OnRow(RowBucket<T> bucket, int row, int hit)
    {
        ulong hash = bucket.Hashes[row];
        bool mayHave = _cells.MayHave(hash);
        FindCandidates(hit, mayHave);
        if (_candidateCount == 0 && !mayHave)
            return;
        _key = _keyOf(bucket.Rows[row]);
        Visit(bucket, row, hash, mayHave ? _cells.First(_key, hash) : -1);
        if (_failure is not { } failure)
            return;
        _failure = null;
        string others = failure.Others == 0 ? "" : $" (and {failure.Others} more)";
        Errors.OnRow(new RuleException($"{failure.Rule}{others}: {failure.Error.GetType().Name}: {failure.Error.Message}", failure.Error),
            bucket.Rows[row], bucket.Times[row], _withPositions ? bucket.Positions[row] : Position.None);
    }

    /// <summary>Lists the rules that the hits name, in the order of their numbers, each once.</summary>
    private void FindCandidates(int hit, bool mayHave)
    {
        (_candidateCount, _seen) = (0, _seen + 1);
        foreach (int rule in CollectionsMarshal.AsSpan(_index.Always))
            AddCandidate(rule, mayStart: true);
        while (hit >= 0)
        {
            (ConditionGroup<T> group, hit) = _index.Hits.At(hit);
            foreach (int rule in CollectionsMarshal.AsSpan(group.Starts))
                AddCandidate(rule, mayStart: true);
            if (!mayHave)
                continue;
            foreach (int rule in CollectionsMarshal.AsSpan(group.Others))
                AddCandidate(rule, mayStart: false);
        }

        if (_candidateCount > 1)
            _candidates.AsSpan(0, _candidateCount).Sort();
    }

    private void AddCandidate(int rule, bool mayStart)
    {
        if (_seenAt[rule] == _seen)
        {
            _mayStart[rule] |= mayStart;
            return;
        }

        (_seenAt[rule], _mayStart[rule]) = (_seen, mayStart);
        if (_candidateCount == _candidates.Length)
            Array.Resize(ref _candidates, _candidateCount * 2);
        _candidates[_candidateCount++] = rule;
    }

    /// <summary>Shows the row to the candidates and to what the key has, both in the order of rules.</summary>
    private void Visit(RowBucket<T> bucket, int row, ulong hash, int at)
    {
        int previous = -1, next = 0;
        while (true)
        {
            int present = at < 0 ? int.MaxValue : _cells.At(at).Rule;
            int candidate = next < _candidateCount ? _candidates[next] : int.MaxValue;
            if (present > candidate)
            {
                next++;
                var runs = KeyRuns.None;
                if (!_mayStart[candidate] || !Try(bucket, row, candidate, ref runs) || runs.IsEmpty)
                    continue;
                previous = _cells.Insert(_key, hash, previous, candidate, runs, _rule.SeesEveryRow);
                Save(hash, previous, runs);
                continue;
            }

            if (at < 0)
                return;
            next += present == candidate ? 1 : 0;
            KeyRuns known = _cells.At(at).Runs;
            if ((present != candidate && !_cells.At(at).SeesEveryRow) || !Try(bucket, row, present, ref known) || Save(hash, at, known))
                (previous, at) = (at, _cells.At(at).Next);
            else
                at = _cells.Remove(_key, hash, previous, at);
        }
    }

    /// <returns>Whether anything changed.</returns>
    private bool Try(RowBucket<T> bucket, int row, int rule, ref KeyRuns runs)
    {
        _rule = _rules[rule];
        long time = bucket.Times[row], capped = _rule.Matcher.Capped;
        bool isChanged = _rule.Matcher.Expire(ref runs, time);
        try
        {
            isChanged |= _rule.Matcher.OnRow(ref runs, bucket.Rows[row], time, _withPositions ? bucket.Positions[row] : Position.None);
        }
        catch (Exception error)
        {
            _capped += _rule.Matcher.Capped - capped;
            _failure = _failure is { } first ? first with { Others = first.Others + 1 } : (_rule, error, 0);
        }

        return isChanged;
    }

    /// <returns>Whether the cell has runs left; false: it is to be removed.</returns>
    private bool Save(ulong hash, int at, KeyRuns runs)
    {
        _cells.Touch(_key, hash, at);
        if (runs.IsEmpty)
            return false;
        _alarms.Set(ref runs, (_key, _cells.At(at).Rule), hash);
        _cells.At(at).Runs = runs;
        return true;
    }

    /// <returns>Whether everything that is due was looked at; false if output is full.</returns>
    private bool Fire(long now)
    {
        while (_alarms.TryTake(now, out (TKey Key, int Rule) of, out ulong hash, out long due))
        {
            int previous = -1, at = _cells.First(of.Key, hash);
            while (at >= 0 && _cells.At(at).Rule < of.Rule)
                (previous, at) = (at, _cells.At(at).Next);
            if (at < 0 || _cells.At(at).Rule != of.Rule || _cells.At(at).Runs.Alarm != due)
                continue;
            (_key, _rule) = (of.Key, _rules[of.Rule]);
            KeyRuns runs = _cells.At(at).Runs;
            runs.Alarm = EventTime.MaxValue;
            if (_rule.Matcher.Expire(ref runs, now))
            {
                if (!Save(hash, at, runs))
                    _cells.Remove(_key, hash, previous, at);
            }
            else
            {
                _alarms.Set(ref runs, of, hash);
                _cells.At(at).Runs = runs;
            }

            if (Unsent >= Chunk<T>.Size && !Send())
                return false;
        }

        return true;
    }
}

/// <summary>A row on which a rule's user code threw.</summary>
internal sealed class RuleException(string message, Exception inner) : ActorStreamsException(message, inner);

using System.Runtime.InteropServices;
using ActorStreams.Core.Storage;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>One region of a rules operator.</summary>
/// <remarks>
/// Changes wait beside the rows until their time has come; then both are taken in the order of event time, a change before the rows of its
/// time. The index says for a chunk of rows which rules each may concern; what concerns none, and has no partial match that every row may
/// change, is done with.
/// </remarks>
internal sealed class RuleRegion<TKey, T> : InOrderRegion<TKey, T>
{
    private readonly RuleEntities<TKey, T> _entities;
    private readonly MatchOutputs<T, RuleMatch<TKey, T>, TimedOutRuleMatch<TKey, T>> _outputs;
    private readonly RuleChanges<TKey, T> _changes;
    private readonly RuleSet<T> _rules;
    private readonly RuleCells<TKey, T> _cells;
    private readonly RuleIndex<T> _index = new();
    private readonly Alarms<(TKey Key, int Rule)> _alarms;
    private readonly bool _withPositions;
    private int _foundFrom;
    private int _foundTo;
    private int[] _candidates = new int[16];
    private int _candidateCount;
    private long[] _seenAt = [];
    private bool[] _mayStart = [];
    private long _seen;
    private long _capped;
    private TKey _key = default!;
    private Rule<T> _rule = null!;
    private (Rule<T> Rule, Exception Error, int Others)? _failure;

    public RuleRegion(RegionSite<TKey, T> site,
        RuleEntities<TKey, T> entities, MatchOutputs<T, RuleMatch<TKey, T>, TimedOutRuleMatch<TKey, T>> outputs,
        RuleSettings<TKey, T> settings, long step)
        : base(site, entities.Waiting, outputs)
    {
        (_entities, _outputs, _withPositions) = (entities, outputs, site.WithPositions);
        (_rules, _cells) = (entities.Rules, entities.Cells);
        _alarms = new Alarms<(TKey, int)>(step);
        _changes = new RuleChanges<TKey, T>(site, this, entities, settings, _index, _alarms);
    }

    protected override long PartialMatches => _alarms.Count;

    public override EntityStates<TKey> Entities => _entities;

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [.. base.OwnCounters, .. _changes.OwnCounters, ("partial_matches", _cells.Buffer.Runs), ("rows_capped", _capped)];

    protected override string Matched => $"{_rule}, key {_key}";

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        await _changes.OpenAsync(opening, cancellation);
    }

    /// <summary>Takes changes in: they are looked at now, and in force when their time has come.</summary>
    public void OnChanges(in Chunk<RuleChange> chunk)
    {
        _changes.Take(chunk);
        if (!IsSuspended)
            Continue();
    }

    /// <summary>Rows before it have had their turn.</summary>
    public long RowsDone => Complete;

    /// <summary>What comes out from here on is of a key and a rule.</summary>
    public void Enter(TKey key, Rule<T> rule) => (_key, _rule) = (key, rule);

    /// <summary>Fires what is due before a change.</summary>
    /// <returns>False if output is full.</returns>
    public bool FireBefore(long time) => FireUpTo(time) && SendIfFull();

    protected override void RestoreCounters(Func<string, long> counter)
    {
        base.RestoreCounters(counter);
        _changes.RestoreCounters(counter);
        _capped = counter("rows_capped");
    }

    protected override void OnMatch(int node, long time)
    {
        var events = MatchedEvents<T>.Of(_cells.Buffer, node, _withPositions);
        Put(_outputs.Matches, new RuleMatch<TKey, T>(_key, _rule.Automaton, events, _rule.Id, _rule.Version), time);
    }

    protected override void OnTimedOut(int node, int waitedFor, long deadline)
    {
        if (_outputs.TimedOut is not { } sink)
            return;
        var events = MatchedEvents<T>.Of(_cells.Buffer, node, _withPositions);
        Put(sink, new TimedOutRuleMatch<TKey, T>(_key, _rule.Automaton, events, waitedFor, deadline, _rule.Id, _rule.Version), deadline);
    }

    /// <remarks>A rule whose bounds became shorter may find that the time of a partial match was over before the watermark: it is
    /// now.</remarks>
    protected override long TimeOf(long found) => Math.Max(found, Told);

    protected override bool RunRows() => base.RunRows() && _changes.Apply(Complete);

    protected override bool RunBucket(RowBucket<T> bucket, ref int at)
    {
        RowHits<T> hits = _index.Hits;
        if (at == 0)
            (_foundFrom, _foundTo) = (0, 0);
        while (at < bucket.Count)
        {
            if (at == _foundTo && !FindRules(bucket, at))
                return false;
            int row = at++, hit = hits.First(row - _foundFrom);
            if (hit == -1 && _index.Always.Count == 0 && !_cells.MayNeedEveryRow(bucket.Hashes[row]))
                continue;
            if (hits.HasThrown(row - _foundFrom))
                OnThrown(bucket, row);
            else
                OnRow(bucket, row, hit);
            if (!SendIfFull())
                return false;
        }

        return true;
    }

    protected override bool FireOne(long now)
    {
        if (!_alarms.TryTake(now, out (TKey Key, int Rule) of, out ulong hash, out long due))
            return false;
        int previous = -1, at = _cells.First(of.Key, hash);
        while (at >= 0 && _cells.At(at).Rule < of.Rule)
            (previous, at) = (at, _cells.At(at).Next);
        if (at < 0 || _cells.At(at).Rule != of.Rule || _cells.At(at).Runs.Alarm != due)
            return true;
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

        return true;
    }

    /// <summary>Finds what the next rows hit, up to the next change of rules.</summary>
    private bool FindRules(RowBucket<T> bucket, int from)
    {
        if (!_changes.Apply(bucket.Times[from]))
            return false;
        if (_seenAt.Length < _rules.Numbers)
        {
            Array.Resize(ref _seenAt, Math.Max(16, _rules.Numbers * 2));
            Array.Resize(ref _mayStart, _seenAt.Length);
        }

        int to = Math.Min(bucket.Count, from + Chunk<T>.Size);
        long nextChange = _rules.NextTime;
        if (bucket.Times[to - 1] >= nextChange)
        {
            to = from;
            while (bucket.Times[to] < nextChange)
                to++;
        }

        (_foundFrom, _foundTo) = (from, to);
        _index.Find(bucket.Rows.AsSpan(from, to - from));
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
        _key = KeyOf(bucket.Rows[row]);
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
}

/// <summary>A row on which a rule's user code threw.</summary>
internal sealed class RuleException(string message, Exception inner) : ActorStreamsException(message, inner);

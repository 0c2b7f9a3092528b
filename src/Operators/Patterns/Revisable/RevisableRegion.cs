using ActorStreams.Core.Storage;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Patterns.Revisable;

/// <summary>What a revisable region puts out.</summary>
internal sealed class RevisableOutputs<TKey, T>(
    LateOutput<Change<T>> late, MatchSink<RevisedMatch<TKey, T>> matches, MatchSink<TimedOutMatch<TKey, T>>? timedOut,
    MatchSink<Match<TKey, T>>? confirmed)
    : MatchOutputs<Change<T>, RevisedMatch<TKey, T>, TimedOutMatch<TKey, T>>(late, matches, timedOut, confirmed)
{
    public MatchSink<Match<TKey, T>>? Confirmed => confirmed;
}

/// <summary>One region of a revisable pattern operator.</summary>
/// <remarks>
/// Every row is matched twice: when it comes, on runs that go on from those at the watermark (<see cref="Revisions{TKey, T}"/>), and when
/// the watermark has passed it, on the runs that are stored. What the second finds is confirmed; if the first has not found it too it is
/// emitted then. Rows that cancel each
/// other leave together, a step of event time at once: so no barrier passes within one.
/// </remarks>
internal sealed class RevisableRegion<TKey, T> : InOrderRegion<TKey, Change<T>>
{
    private readonly MatchEntities<TKey, T, Change<T>> _entities;
    private readonly RevisableOutputs<TKey, T> _outputs;
    private readonly Automaton<T> _automaton;
    private readonly KeyMatcher<TKey, T> _keys;
    private readonly Revisions<TKey, T> _revisions;
    private readonly int _maxRows;
    private readonly bool _withPositions;
    private TKey _key = default!;
    private long _retracted;
    private long _capped;

    public RevisableRegion(RegionSite<TKey, Change<T>> site,
        MatchEntities<TKey, T, Change<T>> entities, RevisableOutputs<TKey, T> outputs, long step, int maxRows)
        : base(site, entities.Waiting, outputs)
    {
        (_entities, _outputs, _automaton, _maxRows, _withPositions) = (entities, outputs, entities.Automaton, maxRows, site.WithPositions);
        _keys = new KeyMatcher<TKey, T>(_automaton, entities.States, this, step);
        _revisions = new Revisions<TKey, T>(entities.States, _automaton, site.WithPositions, Emit);
    }

    public override EntityStates<TKey> Entities => _entities;

    protected override string Matched => $"key {_key}";

    protected override long PartialMatches => _keys.AlarmsSet;

    protected override IEnumerable<(string Name, long Value)> OwnCounters =>
        [.. base.OwnCounters, ("retracted", _retracted), ("rows_capped", _capped + _keys.Capped)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        Waiting.NumberFrom(_entities.States.NextNumber);
        _keys.OnRestored();
        foreach ((Change<T> change, long time, _, long number, long position) in Waiting.InOrderOfArrival())
            _revisions.Restore(KeyOf(change), change, new Place(time, number), position);
        _revisions.EndRestore();
    }

    protected override void RestoreCounters(Func<string, long> counter)
    {
        base.RestoreCounters(counter);
        (_retracted, _capped) = (counter("retracted"), counter("rows_capped"));
    }

    protected override void OnMatch(int node, long time)
    {
        _key = _keys.Key;
        var match = EarlyMatch<T>.Of(_entities.States.Buffer, node, time, _withPositions);
        if (!_revisions.Confirm(_key, match))
            Emit(_key, match, 1);
        if (_outputs.Confirmed is { } sink)
            Put(sink, new Match<TKey, T>(_key, _automaton, match.Events), time);
    }

    protected override void OnTimedOut(int node, int waitedFor, long deadline)
    {
        _key = _keys.Key;
        if (_outputs.TimedOut is { } sink)
            Put(sink, new TimedOutMatch<TKey, T>(_key, _automaton, MatchedEvents<T>.Of(_entities.States.Buffer, node, _withPositions),
                waitedFor, deadline), deadline);
    }

    protected override void OnKeyed(in Chunk<Change<T>> chunk, TKey[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count; row++)
        {
            if (chunk.Times[row] < Complete)
                OnLate(chunk, row);
            else if (MayMatter(chunk.Rows[row].Row))
                OnChange(chunk.Slice(row, 1), keys[row], hashes[row]);
        }

        if (!IsSuspended)
            Continue();
    }

    protected override bool RunBucket(RowBucket<Change<T>> bucket, ref int at)
    {
        while (at < bucket.Count)
        {
            Settle(bucket, at++);
            if (!SendIfFull())
                return false;
        }

        return true;
    }

    protected override bool FireOne(long now) => _keys.FireOne(now);

    private void Emit(TKey key, EarlyMatch<T> match, int weight)
    {
        _key = key;
        _retracted += weight < 0 ? 1 : 0;
        Put(_outputs.Matches, new RevisedMatch<TKey, T>(new Match<TKey, T>(key, _automaton, match.Events), weight), match.Time);
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
        Change<T> change = one.Rows[0];
        int weight = Math.Sign(change.Weight);
        for (int count = Math.Abs(change.Weight); count > 0; count--)
        {
            if (_revisions.WaitingOf(key) >= _maxRows)
            {
                _capped++;
                var error = new PatternLimitException(
                    $"Key {key} has {_maxRows} rows that the watermark has not passed, as many as are matched early. " +
                    $"Let the watermark follow more closely, or raise {nameof(RevisablePatternStream<,>.MaxUnconfirmedRows)}.");
                Errors.OnRow(error, change, one.Times[0], one.PositionOf(0));
                return;
            }

            var single = new Change<T>(change.Row, weight);
            var place = new Place(one.Times[0], Waiting.NextNumber);
            Waiting.Add(new Chunk<Change<T>>([single], one.Times, one.Positions), [hash], 0, 1);
            _revisions.OnChange(key, single, place, one.PositionOf(0));
        }
    }

    /// <summary>The watermark has passed a row or a retraction.</summary>
    private void Settle(RowBucket<Change<T>> bucket, int at)
    {
        (ulong hash, long time, long number) = (bucket.Hashes[at], bucket.Times[at], bucket.Numbers[at]);
        long position = _withPositions ? bucket.Positions[at] : Position.None;
        Change<T> change = bucket.Rows[at];
        TKey key = KeyOf(change);
        switch (_revisions.Take(key, new Place(time, number), change.Weight))
        {
            case Settled.Row:
                if (_keys.OnRow(key, hash, change.Row, time, number, position, mayStart: true) is { } error)
                    Errors.OnRow(error, change.Row, time, position);
                break;
            case Settled.Unmatched:
                Errors.OnRow(
                    new PatternLimitException("The retraction takes back a row that never came, or that came with another event time."),
                    change, time, position);
                break;
        }

        _revisions.Close(key);
    }
}

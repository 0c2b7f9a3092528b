using ActorStreams.Core.Storage;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;

namespace ActorStreams.Operators.Patterns.Regions;

/// <summary>One region of a pattern operator.</summary>
/// <remarks>A row of a key without runs that cannot begin one costs a call of the first condition and a look into a small table.</remarks>
internal class MatchRegion<TKey, T> : InOrderRegion<TKey, T>
{
    private const int ChunksPerTurn = 64;

    private readonly MatchEntities<TKey, T, T> _entities;
    private readonly MatchOutputs<T, Match<TKey, T>, TimedOutMatch<TKey, T>> _outputs;
    private readonly Automaton<T> _automaton;
    private readonly KeyMatcher<TKey, T> _keys;
    private readonly RowMarks<T> _marks = new();
    private readonly Func<T, bool>[]? _startFilters;
    private readonly bool _withPositions;
    private int _chunks;

    public MatchRegion(RegionSite<TKey, T> site,
        MatchEntities<TKey, T, T> entities, MatchOutputs<T, Match<TKey, T>, TimedOutMatch<TKey, T>> outputs, long step)
        : base(site, entities.Waiting, outputs)
    {
        (_entities, _outputs, _automaton, _withPositions) = (entities, outputs, entities.Automaton, site.WithPositions);
        _keys = new KeyMatcher<TKey, T>(_automaton, entities.States, this, step);
        _startFilters = _automaton.StartFilter is { } filter ? [filter] : null;
    }

    /// <summary>Rows leave the state in the order in which they are matched.</summary>
    public override bool CanCut => Loop.CanCut;

    public override EntityStates<TKey> Entities => _entities;

    protected KeyMatcher<TKey, T> Keys => _keys;

    /// <summary>The row of the bucket that had its turn last.</summary>
    protected int Row { get; private set; }

    protected override string Matched => $"key {_keys.Key}";

    protected override long PartialMatches => _keys.AlarmsSet;

    protected override IEnumerable<(string Name, long Value)> OwnCounters => [.. base.OwnCounters, ("rows_capped", _keys.Capped)];

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        _keys.OnRestored();
    }

    protected override void RestoreCounters(Func<string, long> counter)
    {
        base.RestoreCounters(counter);
        _keys.Capped = counter("rows_capped");
    }

    protected override void OnMatch(int node, long time) =>
        Put(_outputs.Matches, new Match<TKey, T>(_keys.Key, _automaton, EventsOf(node)), time);

    protected override void OnTimedOut(int node, int waitedFor, long deadline)
    {
        if (_outputs.TimedOut is { } sink)
            Put(sink, new TimedOutMatch<TKey, T>(_keys.Key, _automaton, EventsOf(node), waitedFor, deadline), deadline);
    }

    protected override void OnKeyed(in Chunk<T> chunk, TKey[] keys, ulong[] hashes)
    {
        if (_automaton.RowFilters is not { } filters)
        {
            base.OnKeyed(chunk, keys, hashes);
            return;
        }

        _marks.Mark(chunk.Rows, filters);
        for (int row = 0; row < chunk.Count; row++)
        {
            if (chunk.Times[row] < Complete)
                OnLate(chunk, row);
            else if (_marks[row])
                Waiting.Add(chunk, hashes, row, row + 1);
        }
    }

    protected override bool RunBucket(RowBucket<T> bucket, ref int at)
    {
        if (RunFrom(bucket, ref at))
            return true;
        Waiting.DoneTo(at);
        return false;
    }

    /// <remarks>It stops where output is full, and between two chunks if others are to have their turn: a barrier, who asks about a
    /// key.</remarks>
    protected bool RunFrom(RowBucket<T> bucket, ref int at)
    {
        int markedFrom = at, markedTo = at;
        while (at < bucket.Count)
        {
            if (at >= markedTo)
            {
                if (++_chunks % ChunksPerTurn == 0 && _outputs.Send())
                    Context.Yield();
                if (Context.MustYield)
                    return false;
                (markedFrom, markedTo) = (at, Math.Min(bucket.Count, at + Chunk<T>.Size));
                MarkStarts(bucket.Rows.AsSpan(markedFrom, markedTo - markedFrom));
            }

            int row = at++;
            bool mayStart = _marks[row - markedFrom];
            if (!mayStart && !_keys.MayHaveRuns(bucket.Hashes[row]))
                continue;
            OnRow(bucket, row, mayStart);
            if (!SendIfFull())
                return false;
        }

        return true;
    }

    protected override bool FireOne(long now) => _keys.FireOne(now);

    private void MarkStarts(ReadOnlySpan<T> rows)
    {
        if (_startFilters is not null)
            _marks.Mark(rows, _startFilters);
        else
            _marks.MarkAll();
    }

    private void OnRow(RowBucket<T> bucket, int row, bool mayStart)
    {
        Row = row;
        TKey key = KeyOf(bucket.Rows[row]);
        long position = _withPositions ? bucket.Positions[row] : Position.None;
        if (_keys.OnRow(key, bucket.Hashes[row], bucket.Rows[row], bucket.Times[row], _keys.NextNumber, position, mayStart) is { } error)
            Errors.OnRow(error, bucket.Rows[row], TimeOf(bucket.Times[row]), position);
    }

    private MatchedEvents<T> EventsOf(int node) => MatchedEvents<T>.Of(_entities.States.Buffer, node, _withPositions);
}

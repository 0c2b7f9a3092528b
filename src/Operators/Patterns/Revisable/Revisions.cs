using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Matching;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Text;
using ActorStreams.Operators.Tables;

namespace ActorStreams.Operators.Patterns.Revisable;

/// <summary>What the watermark found when it passed a row or a retraction.</summary>
internal enum Settled
{
    /// <summary>A row that is still there: it is to be matched for good.</summary>
    Row,

    /// <summary>A row and its retraction: neither matters.</summary>
    Cancelled,

    /// <summary>A retraction of a row that is not there.</summary>
    Unmatched,
}

/// <summary>Finds matches before the watermark has passed them, and says which of them later rows prove wrong.</summary>
/// <remarks>
/// Runs go on from those that are stored, which are as the watermark has them, and share their nodes. A row behind all others of its key
/// costs what it costs at its turn; a row in front of some, or one that is taken back, costs a new run over all rows of its key that wait.
/// What the two runs found is compared by the numbers of rows.
/// </remarks>
internal sealed class Revisions<TKey, T> : IMatchOutput
{
    private readonly MatchStates<TKey, T> _states;
    private readonly Matcher<T> _matcher;
    private readonly bool _withPositions;
    private readonly Action<TKey, EarlyMatch<T>, int> _emit;
    private readonly RowEquality<T> _equality = new();
    private readonly Dictionary<ValueTuple<TKey>, Revision<T>> _open = [];
    private List<EarlyMatch<T>> _found = [];

    public Revisions(MatchStates<TKey, T> states, Automaton<T> automaton, bool withPositions, Action<TKey, EarlyMatch<T>, int> emit)
    {
        (_states, _withPositions, _emit) = (states, withPositions, emit);
        _matcher = new Matcher<T>(automaton, states.Buffer, this);
    }

    private enum Effect
    {
        None,
        RowAtTheEnd,
        RowsBefore,
    }

    void IMatchOutput.OnMatch(int node, long time) => _found.Add(EarlyMatch<T>.Of(_states.Buffer, node, time, _withPositions));

    void IMatchOutput.OnTimedOut(int node, int waitedFor, long deadline)
    {
    }

    /// <summary>Rows and retractions of a key that wait for the watermark.</summary>
    public int WaitingOf(TKey key) => _open.TryGetValue(new(key), out Revision<T>? revision) ? revision.Waiting : 0;

    /// <summary>A row comes or is taken back; emits what that makes of the key's matches.</summary>
    public void OnChange(TKey key, Change<T> change, Place place, long position)
    {
        if (!_open.TryGetValue(new(key), out Revision<T>? revision))
            _open[new(key)] = revision = new Revision<T>();

        // Without a row behind it the watermark may have ended some of the runs that are stored.
        if (revision.Rows.IsEmpty)
            GoOnFromWatermark(key, revision);
        switch (Apply(revision, change, place, position))
        {
            case Effect.RowAtTheEnd:
                _found = [];
                Run(revision, revision.Rows[^1]);
                foreach (EarlyMatch<T> match in _found)
                    _emit(key, match, 1);
                revision.Early.AddRange(_found);
                break;
            case Effect.RowsBefore:
                List<EarlyMatch<T>> before = revision.Early;
                RunAgain(key, revision);
                EmitDifference(key, before, revision.Early);
                break;
        }
    }

    /// <summary>A row or retraction that waited when the state was stored; to be followed by <see cref="EndRestore"/>.</summary>
    public void Restore(TKey key, Change<T> change, Place place, long position)
    {
        if (!_open.TryGetValue(new(key), out Revision<T>? revision))
            _open[new(key)] = revision = new Revision<T>();
        Apply(revision, change, place, position);
    }

    /// <summary>Finds again what was out when the state was stored.</summary>
    public void EndRestore()
    {
        foreach ((ValueTuple<TKey> key, Revision<T> revision) in _open)
            RunAgain(key.Item1, revision);
    }

    /// <summary>The watermark has passed what came at <paramref name="place"/>.</summary>
    public Settled Take(TKey key, Place place, int weight)
    {
        Revision<T> revision = _open[new(key)];
        revision.Waiting--;
        if (weight > 0)
            return revision.TryTakeFirst(place) ? Settled.Row : Settled.Cancelled;
        return revision.Unmatched.RemoveAll(row => row.Place == place) > 0 ? Settled.Unmatched : Settled.Cancelled;
    }

    /// <summary>A match is found for good.</summary>
    /// <returns>Whether it is out already.</returns>
    public bool Confirm(TKey key, EarlyMatch<T> match) => _open.TryGetValue(new(key), out Revision<T>? revision)
        && revision.Early.Remove(match);

    /// <summary>Forgets the key if nothing of it waits any more.</summary>
    public void Close(TKey key)
    {
        if (!_open.TryGetValue(new(key), out Revision<T>? revision) || revision.Waiting > 0)
            return;

        // What was found early and not for good: conditions that do not always say the same of the same rows.
        foreach (EarlyMatch<T> match in revision.Early)
            _emit(key, match, -1);
        _states.Release(revision.Runs);
        _open.Remove(new(key));
    }

    private Effect Apply(Revision<T> revision, Change<T> change, Place place, long position)
    {
        revision.Waiting++;
        var row = new UnconfirmedRow<T>(change.Row, place, position);
        if (change.Weight < 0)
        {
            if (revision.TryRemove(change.Row, place.Time, _equality))
                return Effect.RowsBefore;
            revision.Unmatched.Add(row);
            return Effect.None;
        }

        int unmatched = revision.Unmatched.FindIndex(one => one.Place.Time == place.Time && _equality.AreSame(one.Row, change.Row));
        if (unmatched >= 0)
        {
            revision.Unmatched.RemoveAt(unmatched);
            return Effect.None;
        }

        return revision.Insert(row) ? Effect.RowAtTheEnd : Effect.RowsBefore;
    }

    private void Run(Revision<T> revision, in UnconfirmedRow<T> row)
    {
        _matcher.Expire(ref revision.Runs, row.Place.Time);
        try
        {
            _matcher.OnRow(ref revision.Runs, row.Row, row.Place.Time, row.Place.Number, row.Position);
        }
        catch (Exception)
        {
            // The row leaves no trace; it is told when the watermark has passed it, once.
        }
    }

    private void GoOnFromWatermark(TKey key, Revision<T> revision)
    {
        _states.Release(revision.Runs);
        revision.Runs = _states.Share(key);
    }

    private void RunAgain(TKey key, Revision<T> revision)
    {
        GoOnFromWatermark(key, revision);
        _found = [];
        foreach (UnconfirmedRow<T> row in revision.Rows)
            Run(revision, row);
        revision.Early = _found;
    }

    private void EmitDifference(TKey key, List<EarlyMatch<T>> before, List<EarlyMatch<T>> after)
    {
        var surplus = new Dictionary<EarlyMatch<T>, int>();
        foreach (EarlyMatch<T> match in before)
            CollectionsMarshal.GetValueRefOrAddDefault(surplus, match, out _)++;
        var news = new List<EarlyMatch<T>>();
        foreach (EarlyMatch<T> match in after)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(surplus, match);
            if (Unsafe.IsNullRef(ref count) || count == 0)
                news.Add(match);
            else
                count--;
        }

        foreach (EarlyMatch<T> match in before)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(surplus, match);
            if (count-- > 0)
                _emit(key, match, -1);
        }

        foreach (EarlyMatch<T> match in news)
            _emit(key, match, 1);
    }
}

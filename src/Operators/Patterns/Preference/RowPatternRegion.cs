using ActorStreams.Core.Storage;
using ActorStreams.Operators.Tables.Runtime;

namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>One region of a search.</summary>
internal sealed class RowPatternRegion<TKey, TRow, TDefine, TMeasure, TOut>(
    RegionSite<TKey, Change<TRow>> site, RowPatternStates<TKey, TRow> states, RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan,
    Receiver<Change<TOut>> output)
    : RowByRowOperator<TKey, Change<TRow>, Change<TOut>>(site, output)
{
    /// <summary>Most partitions are forgotten soon: what searched in them searches in others.</summary>
    private const int MostSpare = 256;

    private readonly GroupRows<TKey, TRow> _rows = states.Rows;
    private readonly StoredMap<TKey, RowPatternProgress> _progress = states.Progress;
    private readonly CloseQueue<TKey> _due = new();
    private readonly Dictionary<Keyed, Search> _searches = [];
    private readonly Stack<Search> _spare = new();
    private readonly HashSet<Keyed> _looked = [];
    private readonly MatchRows<TRow, TDefine, TMeasure, TOut> _given = new(plan);
    private readonly int _before = plan.Before, _behind = plan.Behind;
    private readonly bool _remembers = plan.ReadsNumber || plan.Program.HasStart;
    private long _at = EventTime.MinValue;
    private bool _isEnding;

    public override EntityStates<TKey> Entities => states;

    public override bool RefusesLateRows => true;

    public override async ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        await base.OpenAsync(opening, cancellation);
        for (int slot = 0; slot < _rows.Map.SlotCount; slot++)
        {
            ref StateMap<TKey, SortedRows<TRow>>.Entry entry = ref _rows.Map.At(slot);
            if (!_rows.Map.IsLive(entry))
                continue;
            ulong hash = _rows.Map.HashOf(entry.Key);
            foreach (TRow row in entry.State.All)
                _due.Add(entry.Key, hash, plan.TimeOf(row) ?? EventTime.MaxValue);
        }
    }

    protected override void OnRow(in Change<TRow> row, TKey key, ulong hash, long time)
    {
        if (plan.TimeOf(row.Row) is not { } at || at < Watermark)
        {
            CountLate();
            return;
        }

        for (int weight = row.Weight; weight > 0; weight--)
            _rows.Add(key, hash, row.Row, 0, out _);
        for (int weight = row.Weight; weight < 0; weight++)
            _rows.Remove(key, hash, row.Row, 0, out _);
        _due.Add(key, hash, at);
    }

    protected override bool FireOne(long watermark)
    {
        if (watermark != _at)
            _looked.Clear();
        _at = watermark;
        if (watermark == EventTime.MaxValue && !_isEnding)
            End();
        while (_due.TryTake(watermark, out TKey key, out ulong hash, out _))
        {
            if (!_looked.Add(new Keyed(key)) || _rows.Find(key, hash) is not { } rows)
                continue;
            Look(key, hash, rows, watermark);
            return true;
        }

        return false;
    }

    /// <summary>No more rows come: every partition is looked at once more.</summary>
    private void End()
    {
        _isEnding = true;
        _due.Restore(_rows.Map, static _ => EventTime.MaxValue);
    }

    protected override void RollBack()
    {
        // A firing that fails ends the attempt of the job.
    }

    private void Look(TKey key, ulong hash, SortedRows<TRow> rows, long watermark)
    {
        bool isComplete = watermark == EventTime.MaxValue;
        _progress.TryGet(key, hash, out RowPatternProgress progress);
        Search search = SearchOf(key, progress);
        for (int next = search.Window.Count; next < rows.Count; next++)
        {
            TRow row = rows[next];
            if (plan.TimeOf(row) >= watermark && !isComplete)
                break;
            search.Window.Add(row);
        }

        RowPatternProgress before = progress;
        while (Step(search, ref progress, key, hash, watermark, isComplete))
        {
        }

        if (progress == before && search.Window.Count < rows.Count)
            return;
        Forget(search, ref progress, key, hash);
        if (_rows.Find(key, hash) is null && !_remembers)
        {
            _progress.Remove(key, hash);
            if (_searches.Remove(new Keyed(key)) && _spare.Count < MostSpare)
                _spare.Push(search);
        }
        else if (progress != before)
        {
            _progress.Touch(key, hash) = progress;
        }
    }

    private Search SearchOf(TKey key, in RowPatternProgress progress)
    {
        if (_searches.TryGetValue(new Keyed(key), out Search? search))
            return search;
        if (_spare.TryPop(out search))
            search.Restart(progress.First);
        else
            search = new Search(plan, progress.First);
        return _searches[new Keyed(key)] = search;
    }

    /// <summary>Tries the row that the search has come to.</summary>
    /// <returns>Whether it is known what comes of it: then the search goes on.</returns>
    private bool Step(Search search, ref RowPatternProgress progress, TKey key, ulong hash, long watermark, bool isComplete)
    {
        RowWindow<TRow> window = search.Window;
        int start = (int)(progress.Start - window.First);
        if (start >= window.Count)
            return false;
        RowAttempt<TRow, TDefine, TMeasure, TOut> attempt = search.Attempt;
        if (!search.IsUnderWay)
        {
            attempt.Begin(start);
            search.IsUnderWay = true;
            if (plan.Within is { } span && !isComplete)
                _due.Add(key, hash, EventTime.AddSaturated(window.TimeOf(start), span - 1));
        }

        bool isOver = plan.Within is { } within && EventTime.AddSaturated(window.TimeOf(start), within) <= watermark;
        try
        {
            if (!attempt.Run(window, progress.Number + 1, isComplete, isOver))
                return false;
        }
        catch (Exception error) when (error is not PipelineException)
        {
            LeaveOut(error, search, ref progress, key, hash);
            return true;
        }

        if (attempt.HasMatch && !isComplete && _behind > 0 && attempt.End - 1L + _behind >= window.Count)
            return false;
        search.IsUnderWay = false;
        long next = progress.Start + 1;
        if (attempt.HasMatch)
        {
            progress.Number++;
            int length = attempt.End - start;
            if (length > 0 || plan.Given != RowsGiven.AllButEmpty)
                Give(window, attempt, progress.Number);
            if (length > 0)
                next = window.First + Skip(start, attempt.End);
            progress.Covered = Math.Max(progress.Covered, window.First + Math.Max(attempt.End, start + 1));
        }
        else if (plan.Given == RowsGiven.AllAndUnmatched && progress.Start >= progress.Covered)
        {
            Emit(Change<TOut>.Insert(plan.Unmatched(window[start])), window.TimeOf(start));
        }

        progress.Start = next;
        return true;
    }

    /// <summary>A match whose measures fail gives nothing, or ends the job.</summary>
    private void Give(RowWindow<TRow> window, RowAttempt<TRow, TDefine, TMeasure, TOut> attempt, long number)
    {
        try
        {
            foreach ((TOut row, long time) in _given.Of(window, attempt, number))
                Emit(Change<TOut>.Insert(row), time);
        }
        catch (Exception error)
        {
            // What begins the match stands for it.
            Errors.OnRow(error, window[attempt.Start], window.TimeOf(attempt.Start), ActorStreams.Authoring.Position.None);
        }
    }

    /// <summary>The row that a condition failed on has never come, or ends the job.</summary>
    private void LeaveOut(Exception error, Search search, ref RowPatternProgress progress, TKey key, ulong hash)
    {
        int at = search.Attempt.Position;
        TRow row = search.Window[at];
        Errors.OnRow(error, Change<TRow>.Insert(row), search.Window.TimeOf(at), ActorStreams.Authoring.Position.None);
        _rows.Remove(key, hash, row, 0, out _);
        if (progress.Covered > search.Window.First + at)
            progress.Covered--;
        search.Window.Remove(at);
        search.IsUnderWay = false;
    }

    private long Skip(int start, int end)
    {
        if (plan.Skip is RowSkip.PastLast or RowSkip.ToNext)
            return plan.Skip == RowSkip.PastLast ? end : start + 1;
        ReadOnlySpan<int> variables = _given.Variables;
        int found = -1;
        for (int at = 0; at < variables.Length && (found < 0 || plan.Skip == RowSkip.ToLast); at++)
            found = plan.SkipTo[variables[at]] ? at : found;
        return found > 0 ? start + found : throw SkipException.Of(found < 0
            ? $"Operator '{OperatorName}': AFTER MATCH SKIP goes to a variable that has no row in the match. Name one that every match has."
            : $"Operator '{OperatorName}': AFTER MATCH SKIP goes to the first row of the match, so that it would be found again without " +
              "end. Skip to the next row, or to a variable that never stands first.");
    }

    /// <summary>What no match can need any more goes.</summary>
    private void Forget(Search search, ref RowPatternProgress progress, TKey key, ulong hash)
    {
        int forgotten = (int)Math.Clamp(progress.Start - progress.First - _before, 0, search.Window.Count);
        if (forgotten == 0)
            return;
        for (int row = 0; row < forgotten; row++)
            _rows.Remove(key, hash, search.Window[row], 0, out _);
        search.Window.Forget(forgotten);
        search.Attempt.Move(forgotten);
        progress.First += forgotten;
    }

    /// <summary>A key in a dictionary, also one that is null.</summary>
    private readonly record struct Keyed(TKey Key);

    private sealed class Search(RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan, long first)
    {
        public RowWindow<TRow> Window { get; } = new(plan.TimeOf, first);

        public RowAttempt<TRow, TDefine, TMeasure, TOut> Attempt { get; } = new(plan);

        public bool IsUnderWay { get; set; }

        /// <summary>As if it were new, for a partition of so many rows before.</summary>
        public void Restart(long first)
        {
            Window.Restart(first);
            IsUnderWay = false;
        }
    }
}

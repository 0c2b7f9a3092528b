using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>The search for a match that begins with one row: all ways that are open, the preferred one first, row by row.</summary>
/// <remarks>
/// <para>A way that completes a match closes all that come after it: they are not preferred. Those before it go on, and whatever they
/// complete is preferred. So when no way is open any more, the match that was found last is the one that SQL means, and each row was looked
/// at once by each way.</para>
/// <para>Nothing of it is stored: it is made anew of the rows.</para>
/// </remarks>
internal sealed class RowAttempt<TRow, TDefine, TMeasure, TOut>(RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan)
{
    /// <summary>So many ways at one row are refused: conditions that look at the rows before can make their number double with every
    /// row.</summary>
    private const int MostWays = 100_000;

    private const int SpareNodes = 4096;

    private readonly WayArena<TDefine> _nodes = new();
    private readonly long[] _seen = new long[plan.Program.Steps.Length];
    private readonly Stack<int> _left = new();
    private readonly bool _isByRowAlone = plan.IsByRowAlone;
    private readonly int _ahead = plan.Ahead;
    private readonly TRow[] _rows = new TRow[MostReferences(plan) + 1];
    private readonly bool[] _has = new bool[MostReferences(plan) + 1];
    private readonly string?[] _names = new string?[MostReferences(plan) + 1];
    private readonly List<int> _steps = [], _ways = [], _nextSteps = [], _nextWays = [];
    private int _keptNodes = SpareNodes;
    private long _stamp;
    private bool _isOpen;

    /// <summary>Where it begins.</summary>
    public int Start { get; private set; }

    /// <summary>The row that is taken next.</summary>
    public int Position { get; private set; }

    /// <summary>Whether a match was found, and where it ends: behind its last row.</summary>
    public bool HasMatch { get; private set; }

    public int End { get; private set; }

    private int Match { get; set; }

    private bool IsDone { get; set; }

    public void Begin(int start)
    {
        (Start, Position, HasMatch, IsDone, _isOpen) = (start, start, false, false, false);
        _nodes.Clear();
        _nextSteps.Clear();
        _nextWays.Clear();
        _nextSteps.Add(0);
        _nextWays.Add(WayArena<TDefine>.None);
        _keptNodes = SpareNodes;
    }

    /// <summary>Rows at the front are forgotten: all places move.</summary>
    public void Move(int rows) => (Start, Position, End) = (Start - rows, Position - rows, End - rows);

    /// <summary>The steps that took the match's rows.</summary>
    public void CopyMatch(Span<int> steps) => _nodes.CopyTo(Match, steps);

    /// <summary>Goes on as far as rows are there.</summary>
    /// <param name="window">The rows.</param>
    /// <param name="number">The number that a match would have.</param>
    /// <param name="isComplete">No more rows will come to the partition.</param>
    /// <param name="isOver">No more rows will come that a match of this one could take.</param>
    /// <returns>Whether it is known what comes of it.</returns>
    public bool Run(RowWindow<TRow> window, long number, bool isComplete, bool isOver)
    {
        while (!IsDone)
        {
            if (!_isOpen)
            {
                if (plan.Program.HasEnd && Position >= window.Count && !isComplete)
                    return false;
                Open(window, isComplete);
            }

            if (_steps.Count == 0)
                break;
            if (Position >= window.Count)
            {
                if (isComplete || isOver)
                    break;
                return false;
            }

            if (_ahead > 0 && Position + (long)_ahead >= window.Count && !isComplete)
                return false;
            if (plan.Within is { } within && window.TimeOf(Position) - window.TimeOf(Start) >= within)
                break;
            Take(window, number);
        }

        return IsDone = true;
    }

    /// <summary>Each way takes the row, or ends.</summary>
    private void Take(RowWindow<TRow> window, long number)
    {
        _nextSteps.Clear();
        _nextWays.Clear();
        Span<int> steps = CollectionsMarshal.AsSpan(_steps), ways = CollectionsMarshal.AsSpan(_ways);
        for (int at = 0; at < steps.Length; at++)
        {
            int variable = plan.Program.Steps[steps[at]].First, way = ways[at];
            TDefine state = way == WayArena<TDefine>.None ? default! : _nodes.StateOf(way);
            if (plan.DefineFold is { } fold)
                state = fold(state, window[Position], new MatchedRow { Variable = variable, Name = plan.Names[variable] });
            if (plan.Conditions[variable] is { } condition && !Holds(condition, window, number, variable, way, state))
                continue;
            _nextSteps.Add(steps[at] + 1);
            _nextWays.Add(_nodes.Add(way, steps[at], state));
        }

        Position++;
        _isOpen = false;
        if (_nodes.Count <= _keptNodes)
            return;
        if (HasMatch)
            _nextWays.Add(Match);
        _nodes.Compact(CollectionsMarshal.AsSpan(_nextWays));
        if (HasMatch)
        {
            Match = _nextWays[^1];
            _nextWays.RemoveAt(_nextWays.Count - 1);
        }

        _keptNodes = Math.Max(SpareNodes, _nodes.Count * 2);
    }

    private bool Holds(
        MatchReads<TRow, TDefine, bool> condition, RowWindow<TRow> window, long number, int variable, int way, in TDefine state)
    {
        _rows[0] = window[Position];
        _has[0] = true;
        _names[0] = plan.Names[variable];
        for (int at = 0; at < condition.References.Length; at++)
        {
            MatchReference reference = condition.References[at];
            int row = reference.IsPresent(variable) ? Position : Find(reference, variable, way);
            long read = row < 0 ? -1 : row + reference.Physical;
            if (_has[at + 1] = read >= 0 && read < window.Count)
                _rows[at + 1] = window[(int)read];
            _names[at + 1] = read == Position ? plan.Names[variable] : NameOf(read, way);
        }

        return condition.Function(_rows, _has, _names, new MatchFacts { Number = number }, state, state);
    }

    /// <summary>The row that a reference means, among those that the way took and the present one; negative: none.</summary>
    private int Find(MatchReference reference, int variable, int way)
    {
        // Where it is counted from the first row, how many there are must be known first.
        long left = reference.Logical;
        if (reference.IsFirst)
        {
            long count = reference.Has(variable) ? 1 : 0;
            for (int node = way; node != WayArena<TDefine>.None; node = _nodes.BeforeOf(node))
                count += reference.Has(VariableOf(node)) ? 1 : 0;
            left = count - 1 - reference.Logical;
            if (left < 0)
                return -1;
        }

        if (reference.Has(variable) && left-- == 0)
            return Position;
        int row = Position - 1;
        for (int node = way; node != WayArena<TDefine>.None; node = _nodes.BeforeOf(node), row--)
        {
            if (reference.Has(VariableOf(node)) && left-- == 0)
                return row;
        }

        return -1;
    }

    private int VariableOf(int node) => plan.Program.Steps[_nodes.StepOf(node)].First;

    private string? NameOf(long row, int way)
    {
        if (row < Start || row >= Position)
            return null;
        for (int at = Position - 1; at > row; at--)
            way = _nodes.BeforeOf(way);
        return plan.Names[VariableOf(way)];
    }

    /// <summary>Follows what takes no row, in the order of preference, up to the rows that are taken next.</summary>
    private void Open(RowWindow<TRow> window, bool isComplete)
    {
        _steps.Clear();
        _ways.Clear();
        _stamp++;
        _isOpen = true;
        for (int at = 0; at < _nextSteps.Count; at++)
        {
            if (!_isByRowAlone)
                _stamp++;
            if (Follow(_nextSteps[at], _nextWays[at], window, isComplete))
                return;
        }
    }

    /// <returns>Whether a match is complete.</returns>
    private bool Follow(int step, int way, RowWindow<TRow> window, bool isComplete)
    {
        _left.Clear();
        _left.Push(step);
        while (_left.TryPop(out int next))
        {
            // What was followed from here has been tried already, by a way that is preferred: a loop of nothing ends so, too.
            if (_seen[next] == _stamp)
                continue;
            _seen[next] = _stamp;
            RowStep one = plan.Program.Steps[next];
            switch (one.Kind)
            {
                case RowStepKind.Row:
                    if (_steps.Count == MostWays)
                    {
                        throw new PipelineException($"A pattern has more than {MostWays:N0} ways open at one row. Make its conditions " +
                            "tell apart which variable takes a row.");
                    }

                    _steps.Add(next);
                    _ways.Add(way);
                    break;
                case RowStepKind.Split:
                    _left.Push(one.Second);
                    _left.Push(one.First);
                    break;
                case RowStepKind.Jump:
                    _left.Push(one.First);
                    break;
                case RowStepKind.Start when window.IsStart(Position):
                case RowStepKind.End when isComplete && Position == window.Count:
                    _left.Push(next + 1);
                    break;
                case RowStepKind.Done:
                    (HasMatch, Match, End) = (true, way, Position);
                    return true;
            }
        }

        return false;
    }

    private static int MostReferences(RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan) =>
        plan.Conditions.Select(static condition => condition?.References.Length ?? 0).Append(0).Max();
}

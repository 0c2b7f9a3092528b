namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>What comes out for a match.</summary>
internal sealed class MatchRows<TRow, TDefine, TMeasure, TOut>(RowPatternPlan<TRow, TDefine, TMeasure, TOut> plan)
{
    private readonly MatchReference[] _references = plan.Measures.References;
    private readonly TRow[] _rows = new TRow[plan.Measures.References.Length + 1];
    private readonly bool[] _has = new bool[plan.Measures.References.Length + 1];
    private readonly string?[] _names = new string?[plan.Measures.References.Length + 1];
    private int[] _variables = [];
    private bool[] _isExcluded = [];
    private (TOut, long)[] _out = [];
    private int _length;

    /// <summary>Which variable took each row of the match.</summary>
    public ReadOnlySpan<int> Variables => _variables.AsSpan(0, _length);

    /// <param name="window">The rows.</param>
    /// <param name="attempt">What found the match.</param>
    /// <param name="number">The number of the match.</param>
    /// <returns>The rows, and the event time of each.</returns>
    public ReadOnlySpan<(TOut Row, long Time)> Of(
        RowWindow<TRow> window, RowAttempt<TRow, TDefine, TMeasure, TOut> attempt, long number)
    {
        int start = attempt.Start;
        _length = attempt.End - start;
        if (_variables.Length < _length)
            (_variables, _isExcluded, _out) = (new int[_length * 2], new bool[_length * 2], new (TOut, long)[(_length * 2) + 1]);
        if (_out.Length == 0)
            _out = new (TOut, long)[1];
        attempt.CopyMatch(_variables.AsSpan(0, _length));
        for (int at = 0; at < _length; at++)
        {
            RowStep step = plan.Program.Steps[_variables[at]];
            (_variables[at], _isExcluded[at]) = (step.First, step.IsExcluded);
        }

        var facts = new MatchFacts { Number = number };
        TMeasure final = default!;
        for (int at = 0; at < _length; at++)
            final = Folded(final, window, start + at, _variables[at]);
        long time = window.TimeOf(Math.Max(start, attempt.End - 1));
        if (plan.Given == RowsGiven.One || _length == 0)
        {
            _out[0] = (Result(window, start, _length - 1, facts, final, final), time);
            return _out.AsSpan(0, 1);
        }

        int count = 0;
        TMeasure running = default!;
        for (int at = 0; at < _length; at++)
        {
            running = Folded(running, window, start + at, _variables[at]);
            if (!_isExcluded[at])
                _out[count++] = (Result(window, start, at, facts, running, final), time);
        }

        return _out.AsSpan(0, count);
    }

    private TMeasure Folded(in TMeasure state, RowWindow<TRow> window, int row, int variable) => plan.MeasureFold is not { } fold ? state
        : fold(state, window[row], new MatchedRow { Variable = variable, Name = plan.Names[variable] });

    private TOut Result(RowWindow<TRow> window, int start, int present, in MatchFacts facts, in TMeasure running, in TMeasure final)
    {
        int row = start + Math.Max(present, 0);
        (_rows[0], _has[0], _names[0]) = (window[row], true, null);
        for (int at = 0; at < _references.Length; at++)
        {
            MatchReference reference = _references[at];
            int last = reference.IsFinal ? _length - 1 : present;
            long found = Find(reference, last);
            long read = found < 0 ? -1 : start + found + reference.Physical;
            if (_has[at + 1] = read >= 0 && read < window.Count)
                _rows[at + 1] = window[(int)read];
            long within = read - start;
            _names[at + 1] = _has[at + 1] && within >= 0 && within <= last ? plan.Names[_variables[within]] : null;
        }

        return plan.Measures.Function(_rows, _has, _names, facts, running, final);
    }

    private int Find(MatchReference reference, int last)
    {
        long left = reference.Logical;
        int step = reference.IsFirst ? 1 : -1;
        for (int at = reference.IsFirst ? 0 : last; at >= 0 && at <= last; at += step)
        {
            if (reference.Has(_variables[at]) && left-- == 0)
                return at;
        }

        return -1;
    }
}

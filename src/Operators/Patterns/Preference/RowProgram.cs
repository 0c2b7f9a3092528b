namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>A step of a pattern's automaton.</summary>
internal enum RowStepKind : byte
{
    /// <summary>Takes a row for a variable, then goes on with the next step.</summary>
    Row,

    /// <summary>Goes on at two places; the first one is preferred.</summary>
    Split,

    /// <summary>Goes on elsewhere.</summary>
    Jump,

    /// <summary>Goes on before the first row of a partition only.</summary>
    Start,

    /// <summary>Goes on behind the last row of a partition only.</summary>
    End,

    /// <summary>A match is complete.</summary>
    Done,
}

/// <summary>A step.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="First">Of a row the variable; of a split or jump where it goes on.</param>
/// <param name="Second">Of a split where it goes on if the first place comes to nothing.</param>
/// <param name="IsExcluded">The row is part of the match, and is not given.</param>
internal readonly record struct RowStep(RowStepKind Kind, int First, int Second, bool IsExcluded);

/// <summary>A pattern as an automaton whose ways are tried in an order of preference: that of SQL:2016, of regular expressions.</summary>
/// <param name="steps">The last one is <see cref="RowStepKind.Done"/>.</param>
internal sealed class RowProgram(RowStep[] steps)
{
    public ReadOnlySpan<RowStep> Steps => steps;

    /// <summary>Whether it must be known where a partition ends.</summary>
    public bool HasEnd { get; } = Array.Exists(steps, static step => step.Kind == RowStepKind.End);

    /// <summary>Whether it matters where a partition starts.</summary>
    public bool HasStart { get; } = Array.Exists(steps, static step => step.Kind == RowStepKind.Start);
}

/// <summary>Writes a program, step by step.</summary>
/// <param name="most">More steps are refused: a few signs can say a pattern without end, such as A{9}{9}{9}.</param>
internal sealed class RowProgramBuilder(int most)
{
    private readonly List<RowStep> _steps = [];
    private int _excluded;

    /// <summary>Where the next step will be.</summary>
    public int Here => _steps.Count;

    public void Row(int variable) => Add(new RowStep(RowStepKind.Row, variable, 0, _excluded > 0));

    public void Anchor(bool isStart) => Add(new RowStep(isStart ? RowStepKind.Start : RowStepKind.End, 0, 0, false));

    public int Jump(int to = -1) => Add(new RowStep(RowStepKind.Jump, to, 0, false));

    public int Split() => Add(new RowStep(RowStepKind.Split, -1, -1, false));

    /// <summary>Says where a jump or a split goes on.</summary>
    public void Target(int step, int first, int second = -1) => _steps[step] = _steps[step] with { First = first, Second = second };

    /// <summary>Rows from here on are not given, until <see cref="Include"/>.</summary>
    public void Exclude() => _excluded++;

    public void Include() => _excluded--;

    public RowProgram Build()
    {
        Add(new RowStep(RowStepKind.Done, 0, 0, false));
        return new RowProgram([.. _steps]);
    }

    private int Add(RowStep step)
    {
        if (_steps.Count == most)
        {
            throw new PipelineException(
                $"The pattern has more than {most:N0} steps when its quantifiers are written out. Take smaller ones.");
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }
}

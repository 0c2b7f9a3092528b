using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>Where the search goes on after a match.</summary>
internal enum RowSkip : byte
{
    PastLast,
    ToNext,
    ToFirst,
    ToLast,
}

/// <summary>Which rows of matches are given.</summary>
internal enum RowsGiven : byte
{
    /// <summary>One for each match, an empty one, too.</summary>
    One,

    /// <summary>Those of each match; of an empty one the row that it is at.</summary>
    All,

    /// <summary>The same without empty matches.</summary>
    AllButEmpty,

    /// <summary>Those of matches, and those of none.</summary>
    AllAndUnmatched,
}

/// <summary>A pattern over the rows of a partition, in their order: SQL's MATCH_RECOGNIZE.</summary>
/// <typeparam name="TRow">The row.</typeparam>
/// <typeparam name="TDefine">What the aggregates of conditions keep.</typeparam>
/// <typeparam name="TMeasure">What the aggregates of results keep.</typeparam>
/// <typeparam name="TOut">What comes out.</typeparam>
internal sealed class RowPatternPlan<TRow, TDefine, TMeasure, TOut>
{
    public required RowProgram Program { get; init; }

    /// <summary>Of each variable.</summary>
    public required string[] Names { get; init; }

    /// <summary>What a row of each variable must fulfil; null: every row does.</summary>
    public required MatchReads<TRow, TDefine, bool>?[] Conditions { get; init; }

    /// <summary>What the aggregates of conditions make of a row; null: there are none.</summary>
    public MatchFold<TRow, TDefine>? DefineFold { get; init; }

    /// <summary>What comes out.</summary>
    public required MatchReads<TRow, TMeasure, TOut> Measures { get; init; }

    public MatchFold<TRow, TMeasure>? MeasureFold { get; init; }

    /// <summary>What comes out for a row of no match.</summary>
    public required RowFunction<TRow, TOut> Unmatched { get; init; }

    public required RowsGiven Given { get; init; }

    public required RowSkip Skip { get; init; }

    /// <summary>The variables that the search goes on at a row of.</summary>
    public bool[] SkipTo { get; init; } = [];

    /// <summary>A match's last row is less than so much after its first, in microseconds; null: however long.</summary>
    public long? Within { get; init; }

    /// <summary>The order of the rows: by time first.</summary>
    public required IComparer<TRow> Order { get; init; }

    /// <summary>The time of a row; null: it is in no partition.</summary>
    public required RowFunction<TRow, long?> TimeOf { get; init; }

    /// <summary>Results read the number of the match, so that a partition is never forgotten.</summary>
    public bool ReadsNumber { get; init; }

    /// <summary>Whether conditions read the row itself and rows beside it only: then two ways at one place are one.</summary>
    public bool IsByRowAlone => DefineFold is null && Conditions.Select(static (condition, variable) => (condition, variable)).All(
        static one => one.condition is null || one.condition.References.All(reference => reference.IsPresent(one.variable)));

    /// <summary>How many rows before a match's first one are read.</summary>
    public int Before => (int)Math.Min(int.MaxValue, Furthest(static reference => -reference.Physical));

    /// <summary>How many rows behind the present one conditions read.</summary>
    public int Ahead => (int)Math.Min(int.MaxValue, Conditions.OfType<MatchReads<TRow, TDefine, bool>>()
        .SelectMany(static one => one.References).Select(static reference => reference.Physical).Append(0).Max());

    /// <summary>How many rows behind a match results read.</summary>
    public int Behind => (int)Math.Min(int.MaxValue, Measures.References.Select(static reference => reference.Physical).Append(0).Max());

    private long Furthest(Func<MatchReference, long> far) => Conditions.OfType<MatchReads<TRow, TDefine, bool>>()
        .SelectMany(static one => one.References).Concat(Measures.References).Select(far).Append(0).Max();
}

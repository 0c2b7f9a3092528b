namespace ActorStreams.Operators.Patterns.Preference;

/// <summary>Which row of a match, or beside it, is read.</summary>
/// <param name="Members">Among the rows of these variables; null: among all rows of the match.</param>
/// <param name="IsFirst">From the first of them, else from the last.</param>
/// <param name="Logical">So many of them from that end.</param>
/// <param name="Physical">Then so many rows of the partition on, or, negative, back.</param>
/// <param name="IsFinal">Among the rows of the whole match; else among those up to the present one.</param>
internal sealed record MatchReference(bool[]? Members, bool IsFirst, long Logical, long Physical, bool IsFinal)
{
    public bool Has(int variable) => Members is null || Members[variable];

    /// <summary>Whether it is the present row, or one at a distance from it, when that is taken for a variable.</summary>
    public bool IsPresent(int variable) => !IsFirst && Logical == 0 && Has(variable);
}

/// <summary>What is known of a match besides its rows.</summary>
internal struct MatchFacts
{
    /// <summary>How many matches its partition has had, this one included.</summary>
    public long Number;
}

/// <summary>A row of a match, for aggregates: which variable took it.</summary>
internal struct MatchedRow
{
    public int Variable;

    public string? Name;
}

/// <summary>A condition, or a row of results, over rows of a match.</summary>
/// <param name="rows">The rows that are read; the first one is the present row.</param>
/// <param name="has">Whether there is such a row.</param>
/// <param name="names">The variable that took it; null: none did.</param>
/// <param name="facts">What else is known.</param>
/// <param name="running">Aggregates over the rows up to the present one.</param>
/// <param name="final">Aggregates over the whole match.</param>
internal delegate TOut MatchFunction<TRow, TState, TOut>(
    TRow[] rows, bool[] has, string?[] names, in MatchFacts facts, in TState running, in TState final);

/// <summary>A function and the rows that it reads, behind the present one.</summary>
internal sealed record MatchReads<TRow, TState, TOut>(MatchFunction<TRow, TState, TOut> Function, MatchReference[] References);

/// <summary>Aggregates over rows of a match: what a row more makes of them.</summary>
internal delegate TState MatchFold<TRow, TState>(in TState state, in TRow row, in MatchedRow matched);

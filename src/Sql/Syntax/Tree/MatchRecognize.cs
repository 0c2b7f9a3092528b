namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>Which rows of a match are given.</summary>
internal enum RowsPerMatch : byte
{
    Unsaid,
    One,
    All,
    AllShowEmpty,
    AllOmitEmpty,
    AllWithUnmatched,
}

internal enum SkipTarget : byte
{
    PastLastRow,
    ToNextRow,
    ToFirst,
    ToLast,
    To,
}

/// <param name="Kind">Where the search goes on after a match.</param>
/// <param name="Variable">At a row of this variable.</param>
internal sealed record AfterMatchSkip(SkipTarget Kind, Identifier? Variable) : SyntaxNode;

internal sealed record Measure(Expression Value, Identifier Name) : SyntaxNode;

/// <summary>A variable that stands for rows of several.</summary>
internal sealed record PatternSubset(Identifier Name, SyntaxList<Identifier> Variables) : SyntaxNode;

/// <summary>The condition of a variable.</summary>
internal sealed record PatternDefinition(Identifier Variable, Expression Condition) : SyntaxNode;

/// <summary><c>t MATCH_RECOGNIZE (…) AS m</c>.</summary>
internal sealed record MatchRecognize(TableReference Input, RowPattern Pattern) : TableReference
{
    public SyntaxList<Expression> PartitionBy { get; init; }

    public SyntaxList<OrderItem> OrderBy { get; init; }

    public SyntaxList<Measure> Measures { get; init; }

    public RowsPerMatch Rows { get; init; }

    /// <summary>Null: nothing was said.</summary>
    public AfterMatchSkip? Skip { get; init; }

    /// <summary>How long a match lasts at most; null: however long.</summary>
    public Expression? Within { get; init; }

    public SyntaxList<PatternSubset> Subsets { get; init; }

    public SyntaxList<PatternDefinition> Definitions { get; init; }

    public TableAlias? Alias { get; init; }
}

/// <summary>What a pattern is made of.</summary>
internal abstract record RowPattern : SyntaxNode;

/// <summary><c>()</c>: no row.</summary>
internal sealed record EmptyPattern : RowPattern;

internal sealed record VariablePattern(Identifier Variable) : RowPattern;

/// <summary><c>^</c> or <c>$</c>: no row, but the start or the end of the partition.</summary>
internal sealed record AnchorPattern(bool IsStart) : RowPattern;

/// <summary>One after the other.</summary>
internal sealed record SequencePattern(SyntaxList<RowPattern> Parts) : RowPattern;

/// <summary>One of several; an earlier one is preferred.</summary>
internal sealed record AlternationPattern(SyntaxList<RowPattern> Parts) : RowPattern;

/// <summary>All, in any order; an order that is earlier in the dictionary is preferred.</summary>
internal sealed record PermutePattern(SyntaxList<RowPattern> Parts) : RowPattern;

/// <param name="Part">What is repeated.</param>
/// <param name="Min">How often at least.</param>
/// <param name="Max">How often at most; null: any number of times.</param>
/// <param name="IsReluctant">Fewer is preferred.</param>
internal sealed record QuantifiedPattern(RowPattern Part, int Min, int? Max, bool IsReluctant) : RowPattern;

/// <summary><c>{- … -}</c>: its rows are part of the match, and are not given.</summary>
internal sealed record ExclusionPattern(RowPattern Part) : RowPattern;

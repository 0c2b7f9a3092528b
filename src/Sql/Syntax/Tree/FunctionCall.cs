namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>An argument, by position or by name (<c>name => value</c>).</summary>
internal sealed record Argument(Identifier? Name, Expression Value) : SyntaxNode;

/// <summary>What a function of a pattern reads: the rows up to the present one, or the whole match.</summary>
internal enum MatchSemantics : byte
{
    Unsaid,
    Running,
    Final,
}

/// <summary>Whether a window function passes over NULLs.</summary>
internal enum NullTreatment : byte
{
    Unsaid,
    Respect,
    Ignore,
}

/// <summary>A call of a function, an aggregate or a window function, with all that may be said of it. What has a grammar of its own
/// (<c>extract(hour FROM x)</c>) is the call that PostgreSQL makes of it (<c>extract('hour', x)</c>).</summary>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Without the star of <c>count(*)</c>.</param>
internal sealed record FunctionCall(QualifiedName Name, SyntaxList<Argument> Arguments) : Expression
{
    /// <summary><c>count(*)</c>.</summary>
    public bool HasStar { get; init; }

    /// <summary>The variable that the star of an aggregate of a pattern counts: <c>count(A.*)</c>.</summary>
    public Identifier? StarOf { get; init; }

    public bool IsDistinct { get; init; }

    /// <summary>The last argument is an array of arguments.</summary>
    public bool IsVariadic { get; init; }

    /// <summary>In which order an aggregate takes its rows.</summary>
    public SyntaxList<OrderItem> OrderBy { get; init; }

    /// <summary>Of an aggregate of ordered sets.</summary>
    public SyntaxList<OrderItem> WithinGroup { get; init; }

    public Expression? Filter { get; init; }

    public NullTreatment Nulls { get; init; }

    public OverClause? Over { get; init; }

    public MatchSemantics Semantics { get; init; }
}

internal enum NullOrder : byte
{
    Unsaid,
    First,
    Last,
}

internal sealed record OrderItem(Expression Value, bool IsDescending, NullOrder Nulls) : SyntaxNode;

/// <summary>After OVER: a window by its name, or described.</summary>
internal abstract record OverClause : SyntaxNode;

internal sealed record NamedWindow(Identifier Name) : OverClause;

/// <param name="Base">The window that this one refines; null: none.</param>
/// <param name="PartitionBy">Empty: all rows are one partition.</param>
/// <param name="OrderBy">Empty: rows have no order.</param>
/// <param name="Frame">Null: nothing was said.</param>
internal sealed record WindowSpecification(
    Identifier? Base, SyntaxList<Expression> PartitionBy, SyntaxList<OrderItem> OrderBy, WindowFrame? Frame) : OverClause;

internal enum FrameUnit : byte
{
    Rows,
    Range,
    Groups,
}

internal enum FrameExclusion : byte
{
    Unsaid,
    CurrentRow,
    Group,
    Ties,
    NoOthers,
}

internal enum FrameBoundKind : byte
{
    UnboundedPreceding,
    Preceding,
    CurrentRow,
    Following,
    UnboundedFollowing,
}

/// <param name="Kind">Where.</param>
/// <param name="Offset">How far from the present row; null where it is not said by a distance.</param>
internal sealed record FrameBound(FrameBoundKind Kind, Expression? Offset) : SyntaxNode;

/// <param name="Unit">What distances count.</param>
/// <param name="Start">The first row.</param>
/// <param name="End">The last row; null: the present one.</param>
/// <param name="Exclusion">What is left out.</param>
internal sealed record WindowFrame(FrameUnit Unit, FrameBound Start, FrameBound? End, FrameExclusion Exclusion) : SyntaxNode;

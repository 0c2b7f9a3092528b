namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>What gives rows.</summary>
internal abstract record QueryExpression : SyntaxNode;

/// <summary>A query with what stands before and after it. Without any of that there is only its body.</summary>
/// <param name="With">Queries by name.</param>
/// <param name="IsRecursive">Whether such a query may name itself.</param>
/// <param name="Body">What gives the rows.</param>
/// <param name="OrderBy">Their order.</param>
/// <param name="Limit">How many of them; null: all.</param>
/// <param name="WithTies">Rows that are equal to the last are given, too.</param>
/// <param name="Offset">How many are passed over first; null: none.</param>
internal sealed record Query(
    SyntaxList<CommonTable> With, bool IsRecursive, QueryExpression Body, SyntaxList<OrderItem> OrderBy, Expression? Limit, bool WithTies,
    Expression? Offset) : QueryExpression;

/// <summary>A query by name: <c>name (columns) AS [[NOT] MATERIALIZED] (query)</c>.</summary>
internal sealed record CommonTable(Identifier Name, SyntaxList<Identifier> Columns, bool? IsMaterialized, QueryExpression Query)
    : SyntaxNode;

internal enum SetOperator : byte
{
    Union,
    Intersect,
    Except,
}

internal sealed record SetOperation(SetOperator Operator, bool IsAll, QueryExpression Left, QueryExpression Right) : QueryExpression;

/// <summary>Rows in the text.</summary>
internal sealed record ValuesQuery(SyntaxList<RowConstructor> Rows) : QueryExpression;

/// <summary><c>TABLE t</c>: all of a table.</summary>
internal sealed record TableQuery(QualifiedName Name) : QueryExpression;

internal sealed record SelectQuery : QueryExpression
{
    public bool IsDistinct { get; init; }

    /// <summary>DISTINCT ON (…).</summary>
    public SyntaxList<Expression> DistinctOn { get; init; }

    public SyntaxList<SelectItem> Items { get; init; }

    public SyntaxList<TableReference> From { get; init; }

    public Expression? Where { get; init; }

    /// <summary>Null: there is no GROUP BY.</summary>
    public GroupByClause? GroupBy { get; init; }

    public Expression? Having { get; init; }

    public SyntaxList<WindowDefinition> Windows { get; init; }

    public Expression? Qualify { get; init; }
}

internal abstract record SelectItem : SyntaxNode;

internal sealed record SelectExpression(Expression Value, Identifier? Alias) : SelectItem;

/// <summary><c>*</c> or <c>t.*</c>.</summary>
internal sealed record SelectStar(QualifiedName? Qualifier) : SelectItem;

/// <summary>In the WINDOW clause.</summary>
internal sealed record WindowDefinition(Identifier Name, WindowSpecification Window) : SyntaxNode;

/// <param name="IsDistinct">Of sets that come out the same, one counts.</param>
/// <param name="Elements">What is grouped by.</param>
internal sealed record GroupByClause(bool IsDistinct, SyntaxList<GroupingElement> Elements) : SyntaxNode;

internal abstract record GroupingElement : SyntaxNode;

/// <summary>One expression, or several in brackets that count as one; none: <c>()</c>, all rows.</summary>
internal sealed record GroupingExpressions(SyntaxList<Expression> Values) : GroupingElement;

internal sealed record RollupElement(SyntaxList<GroupingExpressions> Parts) : GroupingElement;

internal sealed record CubeElement(SyntaxList<GroupingExpressions> Parts) : GroupingElement;

internal sealed record GroupingSetsElement(SyntaxList<GroupingElement> Sets) : GroupingElement;

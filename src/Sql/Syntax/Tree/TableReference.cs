namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>An item of FROM.</summary>
internal abstract record TableReference : SyntaxNode;

/// <param name="Name">The table or view.</param>
/// <param name="AsOf">FOR SYSTEM_TIME AS OF: the version of each row at this time; null: as it is.</param>
/// <param name="Alias">Its name in the query.</param>
internal sealed record NamedTable(QualifiedName Name, Expression? AsOf, TableAlias? Alias) : TableReference;

internal sealed record DerivedTable(QueryExpression Query, bool IsLateral, TableAlias? Alias) : TableReference;

/// <summary>A function that gives rows.</summary>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Expressions, tables and names of columns.</param>
/// <param name="IsWrapped">It was written <c>TABLE(f(…))</c>.</param>
/// <param name="IsLateral">It may name what stands before it.</param>
/// <param name="WithOrdinality">A column more has the number of the row.</param>
/// <param name="Alias">Its name in the query.</param>
internal sealed record TableFunction(
    QualifiedName Name, SyntaxList<TableArgument> Arguments, bool IsWrapped, bool IsLateral, bool WithOrdinality, TableAlias? Alias)
    : TableReference;

/// <summary>An argument of a function that gives rows.</summary>
internal abstract record TableArgument(Identifier? Name) : SyntaxNode;

internal sealed record ScalarArgument(Identifier? Name, Expression Value) : TableArgument(Name);

/// <summary><c>TABLE t [PARTITION BY …] [ORDER BY …]</c>, or <c>TABLE (query) …</c>. One of the two is there.</summary>
internal sealed record TableInput(
    Identifier? Name, QualifiedName? Table, QueryExpression? Query, SyntaxList<Expression> PartitionBy, SyntaxList<OrderItem> OrderBy)
    : TableArgument(Name);

/// <summary><c>DESCRIPTOR(at)</c>: columns of the table, or the processing time.</summary>
internal sealed record DescriptorArgument(Identifier? Name, SyntaxList<Expression> Columns) : TableArgument(Name);

internal enum JoinKind : byte
{
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

/// <param name="Left">The first table.</param>
/// <param name="Right">The second.</param>
/// <param name="Kind">Which rows without a partner are given.</param>
/// <param name="IsAsOf">The nearest partner only.</param>
/// <param name="IsNatural">By all columns of the same name.</param>
/// <param name="Using">By these columns; empty: it was not said so.</param>
/// <param name="UsingAlias">The name of the columns of USING as a table.</param>
/// <param name="On">By this condition; null: it was not said so.</param>
internal sealed record JoinedTable(
    TableReference Left, TableReference Right, JoinKind Kind, bool IsAsOf, bool IsNatural, SyntaxList<Identifier> Using,
    Identifier? UsingAlias, Expression? On) : TableReference;

/// <summary><c>(a JOIN b …) AS x</c>.</summary>
internal sealed record AliasedJoin(TableReference Table, TableAlias Alias) : TableReference;

namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>What has a value.</summary>
internal abstract record Expression : SyntaxNode;

internal sealed record NullLiteral : Expression;

internal sealed record BooleanLiteral(bool Value) : Expression;

/// <param name="Text">In the decimal system.</param>
/// <param name="IsInteger">There is no decimal point and no exponent.</param>
internal sealed record NumberLiteral(string Text, bool IsInteger) : Expression;

/// <summary>A text whose type its place decides.</summary>
internal sealed record StringLiteral(string Value) : Expression;

/// <param name="Digits"><c>b</c> or <c>x</c>, and the digits.</param>
internal sealed record BitStringLiteral(string Digits) : Expression;

/// <summary><c>DATE '2024-01-31'</c>, <c>INTERVAL '5' SECOND</c>: a text of the type.</summary>
internal sealed record TypedLiteral(TypeName Type, string Value) : Expression;

/// <summary><c>$1</c>.</summary>
internal sealed record ParameterReference(int Number) : Expression;

/// <summary><c>price</c>, <c>b.price</c>, in a pattern <c>A.price</c>.</summary>
internal sealed record ColumnReference(SyntaxList<Identifier> Parts) : Expression;

/// <summary><c>current_date</c> and its like, which are written without brackets.</summary>
internal sealed record CurrentValue(string Name, int? Precision) : Expression;

/// <summary>An operator before its operand.</summary>
internal sealed record UnaryOperation(string Operator, Expression Operand) : Expression;

internal sealed record BinaryOperation(string Operator, Expression Left, Expression Right) : Expression;

internal sealed record Negation(Expression Operand) : Expression;

/// <summary>Two or more conditions that AND (or OR) joins.</summary>
internal sealed record LogicalOperation(bool IsAnd, SyntaxList<Expression> Operands) : Expression;

/// <summary>What IS asks for.</summary>
internal enum IsWhat : byte
{
    Null,
    True,
    False,
    Unknown,
}

/// <summary><c>x IS [NOT] NULL</c> and its like.</summary>
internal sealed record IsTest(Expression Operand, IsWhat What, bool IsNegated) : Expression;

/// <summary><c>x IS [NOT] DISTINCT FROM y</c>.</summary>
internal sealed record DistinctTest(Expression Left, Expression Right, bool IsNegated) : Expression;

/// <summary><c>x [NOT] BETWEEN [SYMMETRIC] low AND high</c>.</summary>
internal sealed record BetweenTest(Expression Operand, Expression Low, Expression High, bool IsSymmetric, bool IsNegated) : Expression;

/// <summary><c>x [NOT] IN (a, b, …)</c>.</summary>
internal sealed record InList(Expression Operand, SyntaxList<Expression> Items, bool IsNegated) : Expression;

/// <summary><c>x [NOT] IN (SELECT …)</c>.</summary>
internal sealed record InQuery(Expression Operand, QueryExpression Query, bool IsNegated) : Expression;

internal enum LikeKind : byte
{
    Like,
    Ilike,
    Similar,
}

/// <summary><c>x [NOT] LIKE pattern [ESCAPE e]</c> and its like.</summary>
internal sealed record LikeTest(Expression Operand, Expression Pattern, Expression? Escape, LikeKind Kind, bool IsNegated) : Expression;

internal sealed record ExistsTest(QueryExpression Query) : Expression;

/// <summary><c>x = ANY (SELECT …)</c>, <c>x &lt; ALL (array)</c>. One of the two is there.</summary>
internal sealed record QuantifiedTest(Expression Operand, string Operator, bool IsAll, QueryExpression? Query, Expression? Array)
    : Expression;

/// <summary>A query that gives one column and at most one row.</summary>
internal sealed record ScalarSubquery(QueryExpression Query) : Expression;

/// <summary><c>ARRAY(SELECT …)</c>.</summary>
internal sealed record ArraySubquery(QueryExpression Query) : Expression;

internal sealed record ArrayConstructor(SyntaxList<Expression> Items) : Expression;

/// <summary><c>ROW(a, b)</c> or <c>(a, b)</c>.</summary>
internal sealed record RowConstructor(SyntaxList<Expression> Items) : Expression;

internal sealed record Subscript(Expression Operand, Expression Index) : Expression;

/// <summary><c>a[low:high]</c>; null: from the first, to the last.</summary>
internal sealed record ArraySlice(Expression Operand, Expression? Low, Expression? High) : Expression;

/// <summary><c>(row).field</c>.</summary>
internal sealed record FieldSelection(Expression Operand, Identifier Field) : Expression;

/// <summary><c>CAST(x AS type)</c>, <c>x::type</c>.</summary>
internal sealed record Cast(Expression Operand, TypeName Type) : Expression;

internal sealed record Collation(Expression Operand, QualifiedName Name) : Expression;

/// <summary><c>x AT TIME ZONE zone</c>; without a zone: AT LOCAL.</summary>
internal sealed record AtTimeZone(Expression Operand, Expression? Zone) : Expression;

internal sealed record CaseWhen(Expression Condition, Expression Result) : SyntaxNode;

/// <param name="Operand">What each WHEN is compared with; null: each is a condition.</param>
/// <param name="Whens">In their order.</param>
/// <param name="Else">Null: NULL.</param>
internal sealed record CaseExpression(Expression? Operand, SyntaxList<CaseWhen> Whens, Expression? Else) : Expression;

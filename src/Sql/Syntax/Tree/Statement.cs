namespace ActorStreams.Sql.Syntax.Tree;

/// <summary>A statement of a script.</summary>
internal abstract record Statement : SyntaxNode;

/// <summary>When results are given.</summary>
internal enum EmitMode : byte
{
    Unsaid,
    Changes,
    OnWindowClose,
}

internal sealed record SelectStatement(QueryExpression Query, EmitMode Emit) : Statement;

/// <summary>A setting of a connector or of a statement: <c>name = value</c>. Null: only the name was said.</summary>
internal sealed record Option(QualifiedName Name, Expression? Value) : SyntaxNode;

/// <param name="Name">The column.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsPrimaryKey">It is the key.</param>
/// <param name="IsUnique">No two rows have the same value.</param>
/// <param name="IsNotNull">NOT NULL was said.</param>
/// <param name="Default">What is taken where nothing is given.</param>
/// <param name="Generated">What it is computed from.</param>
/// <param name="Check">What its value fulfils.</param>
internal sealed record ColumnDefinition(
    Identifier Name, TypeName Type, bool IsPrimaryKey, bool IsUnique, bool IsNotNull, Expression? Default, Expression? Generated,
    Expression? Check) : SyntaxNode;

/// <summary><c>WATERMARK FOR column AS value</c>.</summary>
internal sealed record WatermarkDefinition(Identifier Column, Expression Value) : SyntaxNode;

/// <summary>PRIMARY KEY (…) or UNIQUE (…).</summary>
internal sealed record KeyDefinition(bool IsPrimary, SyntaxList<Identifier> Columns) : SyntaxNode;

/// <summary>CREATE TABLE, or CREATE SOURCE: what is read from outside and takes no INSERT.</summary>
internal sealed record CreateTable(QualifiedName Name) : Statement
{
    public bool IsSource { get; init; }

    public bool IfNotExists { get; init; }

    public SyntaxList<ColumnDefinition> Columns { get; init; }

    public SyntaxList<KeyDefinition> Keys { get; init; }

    public SyntaxList<WatermarkDefinition> Watermarks { get; init; }

    public SyntaxList<Expression> Checks { get; init; }

    public bool IsAppendOnly { get; init; }

    public SyntaxList<Option> Options { get; init; }
}

/// <summary>CREATE [MATERIALIZED] VIEW.</summary>
internal sealed record CreateView(QualifiedName Name, QueryExpression Query) : Statement
{
    public bool IsMaterialized { get; init; }

    public bool OrReplace { get; init; }

    public bool IfNotExists { get; init; }

    public SyntaxList<Identifier> Columns { get; init; }

    public EmitMode Emit { get; init; }

    public SyntaxList<Option> Options { get; init; }
}

/// <summary>CREATE SINK … FROM name, or AS query. One of the two is there.</summary>
internal sealed record CreateSink(QualifiedName Name, QualifiedName? From, QueryExpression? Query) : Statement
{
    public bool IfNotExists { get; init; }

    public EmitMode Emit { get; init; }

    public SyntaxList<Option> Options { get; init; }
}

/// <summary>INSERT INTO; without a query: DEFAULT VALUES.</summary>
internal sealed record InsertStatement(QualifiedName Table, SyntaxList<Identifier> Columns, QueryExpression? Query, EmitMode Emit)
    : Statement;

/// <summary>DEFAULT, in the rows of an INSERT and in an UPDATE.</summary>
internal sealed record DefaultValue : Expression;

internal sealed record Assignment(Identifier Column, Expression Value) : SyntaxNode;

internal sealed record UpdateStatement(
    QualifiedName Table, Identifier? Alias, SyntaxList<Assignment> Assignments, SyntaxList<TableReference> From, Expression? Where)
    : Statement;

internal sealed record DeleteStatement(QualifiedName Table, Identifier? Alias, SyntaxList<TableReference> Using, Expression? Where)
    : Statement;

/// <summary>SUBSCRIBE [TO] name, or query. One of the two is there.</summary>
internal sealed record SubscribeStatement(QualifiedName? Name, QueryExpression? Query, EmitMode Emit, SyntaxList<Option> Options)
    : Statement;

internal sealed record ExplainStatement(Statement Statement, SyntaxList<Option> Options) : Statement;

/// <summary>What a name of a statement means.</summary>
internal enum ObjectKind : byte
{
    Table,
    View,
    MaterializedView,
    Source,
    Sink,
    Function,
    Column,
}

/// <summary>SHOW TABLES [LIKE pattern], SHOW COLUMNS FROM t.</summary>
internal sealed record ShowObjects(ObjectKind Kind, QualifiedName? From, string? Like) : Statement;

/// <summary>SHOW CREATE TABLE t: the statement that made it.</summary>
internal sealed record ShowCreate(ObjectKind Kind, QualifiedName Name) : Statement;

/// <summary>SHOW name: the value of a setting.</summary>
internal sealed record ShowSetting(QualifiedName Name) : Statement;

internal sealed record DescribeStatement(QualifiedName Name) : Statement;

internal sealed record DropStatement(ObjectKind Kind, bool IfExists, SyntaxList<QualifiedName> Names, bool IsCascade) : Statement;

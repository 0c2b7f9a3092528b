using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Relations;

/// <summary>All rows of a table, a source or a materialised view.</summary>
internal sealed class ScanRelation(CatalogTable table) : Relation(table.Columns)
{
    public CatalogTable Table { get; } = table;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) => this;

    public override string Describe() => $"scan {Table.Name}";
}

/// <summary>Rows of the text; one row without columns where there is no FROM.</summary>
internal sealed class ValuesRelation(IReadOnlyList<RelationColumn> columns, IReadOnlyList<IReadOnlyList<BoundExpression>> rows)
    : Relation(columns)
{
    public static ValuesRelation OneRow { get; } = new([], [[]]);

    public IReadOnlyList<IReadOnlyList<BoundExpression>> Rows { get; } = rows;

    public override bool IsSingleRow => Rows.Count <= 1;

    public override IReadOnlyList<BoundExpression> Expressions { get; } = [.. rows.SelectMany(row => row)];

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) => new ValuesRelation(
        Columns, [.. Rows.Select((row, at) => (IReadOnlyList<BoundExpression>)[.. expressions.Skip(at * row.Count).Take(row.Count)])]);

    public override string Describe() => $"values {string.Join(", ", Rows.Select(row => $"({string.Join(", ", row)})"))}";
}

/// <summary>The rows that a function gives.</summary>
internal sealed class FunctionRelation(
    RowsFunction function, IReadOnlyList<BoundExpression> arguments, bool withOrdinality, IReadOnlyList<RelationColumn> columns)
    : Relation(columns)
{
    public RowsFunction Function { get; } = function;

    public bool WithOrdinality { get; } = withOrdinality;

    public override IReadOnlyList<BoundExpression> Expressions { get; } = arguments;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new FunctionRelation(Function, expressions, WithOrdinality, Columns);

    public override string Describe() => $"function {Function.Function.Name}({string.Join(", ", Expressions)})";
}

/// <summary>A query that has a name in WITH: however often it is named, it is one object, and can be computed once.</summary>
internal sealed class SharedRelation(string name, Relation input) : Relation(input.Columns)
{
    public string Name { get; } = name;

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override bool IsSingleRow => Inputs[0].IsSingleRow;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        ReferenceEquals(inputs[0], Inputs[0]) ? this : new SharedRelation(Name, inputs[0]);

    public override string Describe() => $"with {Name}";
}

/// <summary>The rows that a function gives for each row. Columns: those of the input, then those of the function.</summary>
/// <remarks><paramref name="keepsEmpty"/>: A row for which the function gives none comes out once, with NULLs.</remarks>
internal sealed class FlatMapRelation(
    Relation input, RowsFunction function, IReadOnlyList<BoundExpression> arguments, bool withOrdinality, bool keepsEmpty,
    IReadOnlyList<RelationColumn> functionColumns) : Relation([.. input.Columns, .. functionColumns])
{
    public Relation Input => Inputs[0];

    public RowsFunction Function { get; } = function;

    public bool WithOrdinality { get; } = withOrdinality;

    public bool KeepsEmpty { get; } = keepsEmpty;

    public IReadOnlyList<RelationColumn> FunctionColumns { get; } = functionColumns;

    public override IReadOnlyList<Relation> Inputs { get; } = [input];

    public override IReadOnlyList<BoundExpression> Expressions { get; } = arguments;

    public override Relation With(IReadOnlyList<Relation> inputs, IReadOnlyList<BoundExpression> expressions) =>
        new FlatMapRelation(inputs[0], Function, expressions, WithOrdinality, KeepsEmpty, FunctionColumns);

    public override string Describe() => $"flat map {Function.Function.Name}({string.Join(", ", Expressions)})";
}

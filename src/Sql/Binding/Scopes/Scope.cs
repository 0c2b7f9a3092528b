using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Binding.Scopes;

/// <summary>A table of FROM by its name, and where its columns are in the row of all of FROM.</summary>
/// <param name="Name">Its alias, or its own name; null: it has none, and its columns are found without.</param>
/// <param name="Columns">Their names, and their places in the row.</param>
/// <param name="Key">The names' places (in <paramref name="Columns"/>) of a key: who groups by it may name all columns.</param>
internal sealed record RangeEntry(string? Name, IReadOnlyList<(string Name, int Ordinal)> Columns, IReadOnlyList<int> Key);

/// <summary>A column that USING or NATURAL has made of two.</summary>
internal sealed record MergedColumn(string Name, BoundExpression Value);

/// <summary>The names that the clauses of a query see: the tables of FROM over one row of all their columns.</summary>
internal sealed class Scope(IReadOnlyList<RangeEntry> entries, IReadOnlyList<RelationColumn> columns)
{
    public static Scope Empty { get; } = new([], []);

    public IReadOnlyList<RangeEntry> Entries { get; } = entries;

    /// <summary>Of the row.</summary>
    public IReadOnlyList<RelationColumn> Columns { get; } = columns;

    /// <summary>The columns that stand for both sides of a join, the latest join first; they hide those that they are made of.</summary>
    public IReadOnlyList<MergedColumn> Merged { get; init; } = [];

    /// <summary>Columns by place that are found only with the name of their table.</summary>
    public IReadOnlySet<int> Hidden { get; init; } = new HashSet<int>();

    /// <summary>The names of output columns that may be named in place of expressions, which functions of a query's own clauses see
    /// last.</summary>
    public IEnumerable<string> ColumnNames => Entries.SelectMany(entry =>
        entry.Columns.Select(column => column.Name)).Distinct(StringComparer.Ordinal);

    public BoundExpression Column(int ordinal, string name, int position) =>
        new ColumnExpression(0, ordinal, name, Columns[ordinal].Type, Columns[ordinal].IsNullable, position);

    /// <summary>What a star stands for: merged columns first, then the rest in order.</summary>
    public IEnumerable<(string Name, BoundExpression Value)> Star(int position)
    {
        foreach (MergedColumn merged in Merged)
            yield return (merged.Name, merged.Value);
        foreach (RangeEntry entry in Entries)
        {
            foreach ((string name, int ordinal) in entry.Columns.Where(column => !Hidden.Contains(column.Ordinal)))
                yield return (name, Column(ordinal, name, position));
        }
    }
}

/// <summary>A query that is being bound: its scope, the queries that it names, and the query around it.</summary>
internal sealed record Surroundings(Scope Scope, Surroundings? Outer)
{
    public static Surroundings None { get; } = new(Scope.Empty, null);

    /// <summary>The queries of WITH that are in sight, with the depth that they were bound at.</summary>
    public IReadOnlyDictionary<string, (SharedRelation Relation, int Depth)> CommonTables { get; init; } =
        new Dictionary<string, (SharedRelation, int)>(StringComparer.Ordinal);

    /// <summary>It is a side of a set operation: what type its literals have, both sides decide.</summary>
    public bool IsSide { get; init; }

    /// <summary>How many queries are around it.</summary>
    public int Depth => Outer is null ? 0 : Outer.Depth + 1;

    /// <summary>The windows of the WINDOW clause.</summary>
    public IReadOnlyDictionary<string, Syntax.Tree.WindowSpecification> Windows { get; init; } =
        new Dictionary<string, Syntax.Tree.WindowSpecification>(StringComparer.Ordinal);

    /// <summary>A query in this one.</summary>
    public Surroundings Inside() => new(Scope.Empty, this) { CommonTables = CommonTables };
}

using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Binding.Scopes;

/// <summary>Finds columns by name, in a query and then in those around it, as PostgreSQL does.</summary>
internal sealed class NameResolution(BindingSession session)
{
    public BoundExpression Column(ColumnReference reference, Surroundings surroundings)
    {
        (string? table, string column) = Parts(reference);
        int level = 0;
        for (Surroundings? around = surroundings; around is not null; around = around.Outer, level++)
        {
            if (Find(around.Scope, table, column, reference) is not { } found)
                continue;
            return level == 0 ? found : Outer(found, level);
        }

        throw Unknown(reference, table, column, surroundings);
    }

    /// <summary>All columns of a table; an error if there is none of the name.</summary>
    public IEnumerable<(string Name, BoundExpression Value)> StarOf(QualifiedName table, Surroundings surroundings)
    {
        string name = table.Last.Name;
        int level = 0;
        for (Surroundings? around = surroundings; around is not null; around = around.Outer, level++)
        {
            Scope scope = around.Scope;
            int depth = level;
            if (scope.Entries.FirstOrDefault(entry => entry.Name == name) is { } found)
            {
                return found.Columns.Select(column =>
                    (column.Name, depth == 0 ? scope.Column(column.Ordinal, column.Name, table.Span.Start)
                        : Outer(scope.Column(column.Ordinal, column.Name, table.Span.Start), depth)));
            }
        }

        throw UnknownTable(name, table.Span, surroundings);
    }

    /// <summary>A column of the row of this query only; null: there is none.</summary>
    public BoundExpression? Find(Scope scope, string? table, string column, ColumnReference reference)
    {
        int position = reference.Span.Start;
        if (table is null && scope.Merged.FirstOrDefault(merged => merged.Name == column) is { } both)
            return both.Value;
        int found = -1;
        foreach (RangeEntry entry in scope.Entries)
        {
            if (table is not null && entry.Name != table)
                continue;
            foreach ((string name, int ordinal) in entry.Columns)
            {
                if (name != column || (table is null && scope.Hidden.Contains(ordinal)))
                    continue;
                if (found >= 0)
                {
                    string[] tables = [.. scope.Entries.Where(one => one.Name is not null
                        && one.Columns.Any(other => other.Name == column)).Select(one => $"{one.Name}.{column}")];
                    throw session.Fault(SqlErrorCategory.AmbiguousColumn, SqlState.AmbiguousColumn,
                        $"The column \"{column}\" is ambiguous.",
                        reference.Span, tables.Length > 1 ? $"Say {string.Join(" or ", tables)}." : null);
                }

                found = ordinal;
            }
        }

        return found < 0 ? null : scope.Column(found, column, position);
    }

    public SqlException UnknownTable(string name, SourceSpan span, Surroundings surroundings)
    {
        List<string> inSight = [];
        for (Surroundings? around = surroundings; around is not null; around = around.Outer)
            inSight.AddRange(around.Scope.Entries.Select(entry => entry.Name).OfType<string>());
        bool exists = session.Catalog.Find(name) is not null;
        return exists
            ? session.Fault(SqlErrorCategory.InvalidReference, SqlState.UndefinedTable,
                $"The table \"{name}\" is not in the FROM clause here.", span,
                inSight.Count > 0 ? $"In sight are {string.Join(", ", inSight)}: a table with an alias is named by it." : null)
            : session.Fault(SqlErrorCategory.UnknownTable, SqlState.UndefinedTable, $"There is no table \"{name}\" in sight.", span,
                NearestName.Hint(name, inSight));
    }

    private (string? Table, string Column) Parts(ColumnReference reference) => reference.Parts.Count switch
    {
        1 => (null, reference.Parts[0].Name),
        2 => (reference.Parts[0].Name, reference.Parts[1].Name),
        _ => throw session.Unsupported("A column is named by itself or with its table: schemas are not supported.", reference.Span),
    };

    private static BoundExpression Outer(BoundExpression column, int level) => column.Rewrite(node =>
        node is ColumnExpression { Input: 0 } one ? new OuterColumnExpression(level, one.Ordinal, one.Name, one.Type, one.IsNullable,
            one.Position) : node);

    private SqlException Unknown(ColumnReference reference, string? table, string column, Surroundings surroundings)
    {
        List<string> known = [];
        bool hasTable = table is null;
        for (Surroundings? around = surroundings; around is not null; around = around.Outer)
        {
            foreach (RangeEntry entry in around.Scope.Entries.Where(entry => table is null || entry.Name == table))
            {
                hasTable = true;
                known.AddRange(entry.Columns.Select(one => one.Name));
            }
        }

        if (!hasTable)
            return UnknownTable(table!, reference.Parts[0].Span, surroundings);
        string fault = table is null ? $"There is no column \"{column}\"." : $"The table \"{table}\" has no column \"{column}\".";
        return session.Fault(SqlErrorCategory.UnknownColumn, SqlState.UndefinedColumn, fault, reference.Parts[^1].Span,
            NearestName.Hint(column, known));
    }
}

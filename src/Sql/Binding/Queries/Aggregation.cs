using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Binding.Scopes;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Binding.Queries;

/// <summary>Groups the rows, and makes the clauses after GROUP BY expressions over keys and aggregates: whatever else they name is
/// refused.</summary>
internal sealed class Aggregation(Binders binders, Scope scope)
{
    private readonly List<BoundExpression> _keys = [];
    private readonly List<AggregateExpression> _aggregates = [];
    private IReadOnlyList<IReadOnlyList<int>> _sets = [];

    public (Relation Relation, Clauses Clauses) Apply(Relation relation, Grouping grouping, Clauses clauses)
    {
        _keys.AddRange(grouping.Keys);
        _sets = grouping.Sets;
        AddDependentColumns();
        foreach (AggregateExpression aggregate in clauses.All().SelectMany(value => value.All()).OfType<AggregateExpression>())
        {
            if (!_aggregates.Exists(known => known.IsSame(aggregate)))
                _aggregates.Add(aggregate);
        }

        Relation below = relation;
        BoundExpression[] keys = [.. _keys.Select(key => binders.Planting.Plant(ref below, key))];
        AggregateExpression[] aggregates = [.. _aggregates.Select(aggregate =>
            (AggregateExpression)binders.Planting.Plant(ref below, aggregate))];
        var columns = new List<RelationColumn>();
        for (int at = 0; at < keys.Length; at++)
        {
            bool isLeftOut = _sets.Any(set => !set.Contains(at));
            RelationColumn column = SelectBinder.ColumnOf(keys[at], keys[at] is ColumnExpression named ? named.Name : $"key{at}", below);
            columns.Add(isLeftOut ? column with { IsNullable = true } : column);
        }

        columns.AddRange(aggregates.Select(aggregate => new RelationColumn(aggregate.Signature.Name, aggregate.Type,
            aggregate.IsNullable)));
        if (_sets.Count > 1)
            columns.Add(new RelationColumn("grouping_set", SqlType.Integer, IsNullable: false));
        var grouped = new AggregateRelation(below, keys, _sets, aggregates, columns);
        return (grouped, clauses.Map(value => Grouped(value, grouped)));
    }

    /// <summary>Who groups by the key of a table may name all of its columns: each group has one row of it.</summary>
    private void AddDependentColumns()
    {
        if (_sets.Count != 1)
            return;
        HashSet<int> places = [.. _keys.OfType<ColumnExpression>().Where(key => key.Input == 0).Select(key => key.Ordinal)];
        foreach (RangeEntry entry in scope.Entries.Where(entry => entry.Key.Count > 0
            && entry.Key.All(at => places.Contains(entry.Columns[at].Ordinal))))
        {
            foreach ((string name, int ordinal) in entry.Columns.Where(column => places.Add(column.Ordinal)))
            {
                if (!Resolve.HasEquality(scope.Columns[ordinal].Type))
                    continue;
                _sets = [[.. _sets[0], _keys.Count]];
                _keys.Add(scope.Column(ordinal, name, -1));
            }
        }
    }

    /// <summary>The expression over a row of the groups, from the outermost part that is a key or an aggregate.</summary>
    private BoundExpression Grouped(BoundExpression value, AggregateRelation grouped)
    {
        int key = _keys.FindIndex(one => one.IsSame(value));
        if (key >= 0)
            return Column(key, grouped, value);
        switch (value)
        {
            case AggregateExpression aggregate:
                return Column(_keys.Count + _aggregates.FindIndex(one => one.IsSame(aggregate)), grouped, value);
            case GroupingExpression grouping:
                return Number(grouping, grouped);
            case ColumnExpression { Input: 0 } column:
                throw Ungrouped(column);
            case SubqueryExpression query:
                return Subquery(query, grouped);
        }

        if (value.Children.Count == 0)
            return value;
        BoundExpression[] children = [.. value.Children.Select(child => Grouped(child, grouped))];
        return children.SequenceEqual(value.Children) ? value : value.WithChildren(children);
    }

    private static ColumnExpression Column(int ordinal, AggregateRelation grouped, BoundExpression value) =>
        grouped.Column(ordinal, position: value.Position);

    /// <summary>A query that names columns of this one names those of the groups.</summary>
    private SubqueryExpression Subquery(SubqueryExpression query, AggregateRelation grouped)
    {
        Relation inner = OuterColumns.Map(query.Query, outer =>
        {
            if (outer.Level != 1)
                return outer;
            int key = _keys.FindIndex(one => one is ColumnExpression { Input: 0 } column && column.Ordinal == outer.Ordinal);
            if (key < 0)
                throw Ungrouped(new ColumnExpression(0, outer.Ordinal, outer.Name, outer.Type, outer.IsNullable, outer.Position));
            return new OuterColumnExpression(1, key, outer.Name, outer.Type, grouped.Columns[key].IsNullable, outer.Position);
        });
        var moved = query.Over(inner);
        return query.Condition is null ? moved : (SubqueryExpression)moved.WithChildren([Grouped(query.Condition, grouped)]);
    }

    /// <summary>GROUPING: of one set always 0, else by the number of the set.</summary>
    private BoundExpression Number(GroupingExpression grouping, AggregateRelation grouped)
    {
        int[] keys = [.. grouping.Children.Select(child => _keys.FindIndex(key => key.IsSame(child)))];
        if (Array.IndexOf(keys, -1) >= 0)
        {
            throw binders.Session.Fault(SqlErrorCategory.Grouping, SqlState.GroupingError,
                "The arguments of GROUPING are expressions of GROUP BY.",
                binders.Session.SpanAt(grouping.Position));
        }

        int[] values = [.. _sets.Select(set => keys.Aggregate(0, (bits, key) => (bits << 1) | (set.Contains(key) ? 0 : 1)))];
        if (values.Distinct().Count() == 1)
            return Resolve.Integer(values[0], grouping.Position);
        ColumnExpression number = grouped.Column(grouped.Columns.Count - 1);
        return Resolve.Case(
            [.. values.Select((value, set) => (Resolve.Operator("=", number, Resolve.Integer(set)),
                (BoundExpression)Resolve.Integer(value)))], Resolve.Integer(0), grouping.Position);
    }

    private SqlException Ungrouped(ColumnExpression column)
    {
        string? table = scope.Entries.FirstOrDefault(entry => entry.Columns.Any(one => one.Ordinal == column.Ordinal))?.Name;
        string name = table is null ? column.Name : $"{table}.{column.Name}";
        return binders.Session.Fault(SqlErrorCategory.Grouping, SqlState.GroupingError,
            $"The column \"{name}\" is neither grouped nor in an aggregate.",
            column.Position >= 0 ? binders.Session.SpanAt(column.Position) : default,
                $"Add it to GROUP BY, or say which of its values is meant: min({column.Name}), say.");
    }
}

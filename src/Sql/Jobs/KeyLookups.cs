using ActorStreams.Sql.Binding.Catalogues;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Planning.Changelogs;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Jobs;

/// <summary>Which rows of its tables and views a query needs, where its conditions say so of their keys: the others are not looked
/// at.</summary>
internal static class KeyLookups
{
    /// <summary>The columns of the key of a table or view; empty: it has none.</summary>
    public static IReadOnlyList<int> KeyOf(CatalogTable table) => table.Query is { } query
        ? TraitInference.Of(table.Emit).Of(query).Key ?? [] : table.Key;

    /// <summary>The rows that are needed, by the name of the table. One that is read twice is read whole.</summary>
    public static IReadOnlyDictionary<string, KeyRange> Of(Relation relation)
    {
        var found = new Dictionary<string, KeyRange>(StringComparer.Ordinal);
        var twice = relation.All().OfType<ScanRelation>().GroupBy(static scan => scan.Table.Name, StringComparer.Ordinal)
            .Where(static same => same.Count() > 1).Select(static same => same.Key).ToHashSet(StringComparer.Ordinal);
        Visit(relation, [], found);
        foreach (string name in twice)
            found.Remove(name);
        return found;
    }

    /// <summary>What EXPLAIN says of a scan that looks at some rows only; null: it is another step, or looks at all.</summary>
    public static Func<Relation, string?> Notes(Relation relation)
    {
        IReadOnlyDictionary<string, KeyRange> ranges = Of(relation);
        return one => one is ScanRelation scan && ranges.TryGetValue(scan.Table.Name, out KeyRange? range) ? Text(scan.Table, range) : null;
    }

    private static string Text(CatalogTable table, KeyRange range)
    {
        IEnumerable<string> equal = range.Equal.Select((value, at) => $"{Name(at)} = {ValueText.Of(value)}");
        string next = range.Equal.Count < range.Key.Count ? Name(range.Equal.Count) : "";
        IEnumerable<string> bounds = [
            .. range.From is { } from ? [$"{next} {(from.IsIncluded ? ">=" : ">")} {from}"] : (string[])[],
            .. range.To is { } to ? [$"{next} {(to.IsIncluded ? "<=" : "<")} {to}"] : (string[])[]];
        return $"{(range.From is null && range.To is null ? "by key" : "by a range of keys")} ({string.Join(", ", equal.Concat(bounds))})";

        string Name(int at) => table.Columns[range.Key[at]].Name;
    }

    /// <param name="relation">The relation.</param>
    /// <param name="known">What is true of all of its rows that are needed.</param>
    /// <param name="found">Is filled.</param>
    private static void Visit(Relation relation, IReadOnlyList<Condition> known, Dictionary<string, KeyRange> found)
    {
        switch (relation)
        {
            case ScanRelation scan:
                if (RangeOf(scan.Table, known) is { } range)
                    found[scan.Table.Name] = range;
                return;
            case FilterRelation filter:
                Visit(filter.Input, [.. known, .. Parts(filter.Condition).Select(Condition.Of).OfType<Condition>()], found);
                return;
            case ProjectRelation project:
                Visit(project.Input, [.. known.Select(one => project.Expressions[one.Ordinal] is ColumnExpression column
                    ? one with { Ordinal = column.Ordinal } : null).OfType<Condition>()], found);
                return;
            case AggregateRelation { Sets.Count: 1 } groups:
                Visit(groups.Input, [.. known.Select(one => one.Ordinal < groups.Keys.Count
                    && groups.Keys[one.Ordinal] is ColumnExpression key ? one with { Ordinal = key.Ordinal } : null)
                    .OfType<Condition>()], found);
                return;
            case LimitRelation { Limit: null, Offset: null }:
                Visit(relation.Inputs[0], known, found);
                return;
            case JoinRelation { Time: JoinTime.Any, Type: JoinShape.Inner or JoinShape.Left } join:
                Join(join, known, found);
                return;
            default:
                foreach (Relation input in relation.Inputs)
                    Visit(input, [], found);
                return;
        }
    }

    /// <summary>What holds of a column holds of the one of the other side that is demanded to be equal.</summary>
    private static void Join(JoinRelation join, IReadOnlyList<Condition> known, Dictionary<string, KeyRange> found)
    {
        int columns = join.Left.Columns.Count;
        bool isInner = join.Type == JoinShape.Inner;
        List<Condition> left = [.. known.Where(one => one.Ordinal < columns)];
        List<Condition> right = [.. known.Where(one => one.Ordinal >= columns).Select(one => one with { Ordinal = one.Ordinal - columns })];
        foreach (BoundExpression part in Parts(join.Condition))
        {
            if (part is not CallExpression { Function: { Name: "=", Kind: FunctionKind.Operator } } equal
                || equal.Children is not [ColumnExpression one, ColumnExpression two]
                || one.Input == two.Input || !one.Type.Plain.Equals(two.Type.Plain))
                continue;
            (ColumnExpression first, ColumnExpression second) = one.Input == 0 ? (one, two) : (two, one);
            Condition[] fromLeft = [.. left.Where(condition => condition.Ordinal == first.Ordinal)];
            if (isInner)
                left.AddRange(right.Where(condition => condition.Ordinal == second.Ordinal)
                    .Select(condition => condition with { Ordinal = first.Ordinal }));
            right.AddRange(fromLeft.Select(condition => condition with { Ordinal = second.Ordinal }));
        }

        Visit(join.Left, left, found);
        // what is said of NULLs in the place of a missing partner says nothing of partners
        Visit(join.Right, isInner ? right : [.. right.Except(known.Where(one => one.Ordinal >= columns)
            .Select(one => one with { Ordinal = one.Ordinal - columns }))], found);
    }

    private static KeyRange? RangeOf(CatalogTable table, IReadOnlyList<Condition> known)
    {
        IReadOnlyList<int> key = KeyOf(table);
        if (key.Count == 0 || known.Count == 0)
            return null;
        object[] equal = [.. key.Select(at => known.FirstOrDefault(one => one.Ordinal == at && one.Operator == "=")?.Value)
            .TakeWhile(static value => value is not null).OfType<object>()];
        if (equal.Length == key.Count)
            return new KeyRange(key, equal);
        Condition[] next = [.. known.Where(one => one.Ordinal == key[equal.Length])];
        Condition? from = next.FirstOrDefault(static one => one.Operator is ">" or ">="), to =
            next.FirstOrDefault(static one => one.Operator is "<" or "<=");
        return equal.Length == 0 && from is null && to is null ? null
            : new KeyRange(key, equal, from?.Bound, to?.Bound);
    }

    private static IEnumerable<BoundExpression> Parts(BoundExpression? condition) => condition switch
    {
        null => [],
        LogicExpression { IsAnd: true } all => all.Children.SelectMany(Parts),
        _ => [condition],
    };

    /// <summary>A column compared with a constant of its type.</summary>
    private sealed record Condition(int Ordinal, string Operator, object Value)
    {
        public KeyBound Bound => new(Value, Operator.EndsWith('='));

        public static Condition? Of(BoundExpression part)
        {
            if (part is not CallExpression { Function: { Kind: FunctionKind.Operator, Name: "=" or "<" or "<=" or ">" or ">=" } function }
                call)
                return null;
            return call.Children switch
            {
                [ColumnExpression { Input: 0 } column, ConstantExpression { Value: { } value }] when As(column.Type, value) is { } bound =>
                    new Condition(column.Ordinal, function.Name, bound),
                [ConstantExpression { Value: { } value }, ColumnExpression { Input: 0 } column] when As(column.Type, value) is { } bound =>
                    new Condition(column.Ordinal, Turned(function.Name), bound),
                _ => null,
            };
        }

        /// <summary>The constant as a value of the column; null: it is of another type.</summary>
        private static object? As(SqlType column, object value) => value.GetType() == column.Clr ? value : (column.Kind, value) switch
        {
            (SqlKind.BigInt, int number) => (long)number,
            (SqlKind.BigInt, short number) => (long)number,
            (SqlKind.Integer, short number) => (int)number,
            (SqlKind.Double, int number) => (double)number,
            _ => null,
        };

        private static string Turned(string name) => name.StartsWith('<') ? name.Replace('<', '>') : name.Replace('>', '<');
    }
}

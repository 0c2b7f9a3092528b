using System.Globalization;
using System.Reflection;
using System.Runtime.ExceptionServices;
using ActorStreams.Sql.Binding.Nodes;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Syntax.Tree;
using ActorStreams.Sql.Values;
using BoundCase = ActorStreams.Sql.Expressions.CaseExpression;

namespace ActorStreams.Sql.Tests.Binding;

/// <summary>What a relation gives over tables of rows, by the plainest way there is: every join is two loops, every value an
/// object.</summary>
internal sealed class RelationModel(IReadOnlyDictionary<string, List<object?[]>> tables)
{
    public List<object?[]> Rows(Relation relation) => relation switch
    {
        ScanRelation scan => tables[scan.Table.Name],
        ValuesRelation values => [.. values.Rows.Select(row => row.Select(value => Value(value)).ToArray())],
        SharedRelation shared => Rows(shared.Inputs[0]),
        FilterRelation filter => [.. Rows(filter.Input).Where(row => Value(filter.Condition, row) is true)],
        ProjectRelation project => [.. Rows(project.Input).Select(row => project.Expressions.Select(value => Value(value, row)).ToArray())],
        DistinctRelation distinct => [.. Rows(distinct.Input).Distinct(RowComparer.Instance)],
        JoinRelation join => [.. Joined(join)],
        AggregateRelation aggregate => [.. Groups(aggregate)],
        OverRelation over => Over(over),
        LimitRelation limit => [.. Limited(limit)],
        SetRelation set => [.. Set(set)],
        FlatMapRelation flat => [.. FlatMapped(flat)],
        FunctionRelation function =>
            [.. Series([.. function.Expressions.Select(value => Value(value))]).Select(value => (object?[])[value])],
        _ => throw new NotSupportedException(relation.Describe()),
    };

    /// <summary>A value over the rows of the inputs.</summary>
    private static object? Value(BoundExpression expression, params object?[][] rows)
    {
        switch (expression)
        {
            case ConstantExpression constant:
                return constant.Value;
            case ColumnExpression column:
                return rows[column.Input][column.Ordinal];
            case RetypedExpression retyped:
                return Value(retyped.Children[0], rows);
            case CallExpression call:
                object?[] values = [.. call.Children.Select(child => Value(child, rows))];
                return call.Function.IsStrict && values.Contains(null) ? null : Called(call.Function, values);
            case LogicExpression logic:
                object?[] parts = [.. logic.Children.Select(child => Value(child, rows))];
                return parts.Contains(!logic.IsAnd) ? !logic.IsAnd : parts.Contains(null) ? null : logic.IsAnd;
            case NotExpression not:
                return Value(not.Children[0], rows) is bool truth ? !truth : null;
            case IsNullExpression test:
                return Value(test.Children[0], rows) is null != test.IsNegated;
            case IsBooleanExpression test:
                return Equals(Value(test.Children[0], rows), test.Value) != test.IsNegated;
            case DistinctExpression test:
                object? one = Value(test.Children[0], rows), two = Value(test.Children[1], rows);
                bool isSame = one is null || two is null ? one is null && two is null : (bool)Called(test.Equal, [one, two])!;
                return isSame == test.IsNegated;
            case InExpression test:
                object? operand = Value(test.Operand, rows);
                object?[] items = [.. test.Items.Select(item => Value(item, rows))];
                bool isIn = operand is not null && items.Any(item => item is not null && (bool)Called(test.Equal, [operand, item])!);
                return isIn ? !test.IsNegated : operand is null || items.Contains(null) ? null : test.IsNegated;
            case BoundCase choice:
                foreach ((BoundExpression condition, BoundExpression result) in choice.Branches)
                {
                    if (Value(condition, rows) is true)
                        return Value(result, rows);
                }

                return choice.Otherwise is null ? null : Value(choice.Otherwise, rows);
            case CoalesceExpression coalesce:
                return coalesce.Children.Select(child => Value(child, rows)).FirstOrDefault(value => value is not null);
            default:
                throw new NotSupportedException(expression.ToString());
        }
    }

    private static object? Called(Function function, object?[] values)
    {
        try
        {
            return Invocation.Of(function, values);
        }
        catch (TargetInvocationException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerException!);
            throw;
        }
    }

    private IEnumerable<object?[]> Joined(JoinRelation join)
    {
        List<object?[]> left = Rows(join.Left), right = Rows(join.Right);
        object?[] noLeft = new object?[join.Left.Columns.Count], noRight = new object?[join.Right.Columns.Count];
        var met = new HashSet<int>();
        foreach (object?[] row in left)
        {
            object?[] tests = [.. right.Select(other => join.Condition is null ? true : Value(join.Condition, row, other))];
            int[] partners = [.. Enumerable.Range(0, right.Count).Where(at => tests[at] is true)];
            met.UnionWith(partners);
            switch (join.Type)
            {
                case JoinShape.Semi:
                    if (partners.Length > 0)
                        yield return row;
                    break;
                case JoinShape.Anti:
                    if (partners.Length == 0)
                        yield return row;
                    break;
                case JoinShape.Mark:
                    yield return [.. row, partners.Length > 0 ? true : tests.Contains(null) ? null : false];
                    break;
                case JoinShape.Single when partners.Length > 1:
                    throw new SqlFault(SqlState.CardinalityViolation, "more than one row");
                default:
                    foreach (int at in partners)
                        yield return [.. row, .. right[at]];
                    if (partners.Length == 0 && join.Type is JoinShape.Left or JoinShape.Full or JoinShape.Single)
                        yield return [.. row, .. noRight];
                    break;
            }
        }

        if (join.Type is not (JoinShape.Right or JoinShape.Full))
            yield break;
        for (int at = 0; at < right.Count; at++)
        {
            if (!met.Contains(at))
                yield return [.. noLeft, .. right[at]];
        }
    }

    private IEnumerable<object?[]> Groups(AggregateRelation aggregate)
    {
        List<object?[]> rows = Rows(aggregate.Input);
        for (int set = 0; set < aggregate.Sets.Count; set++)
        {
            IReadOnlyList<int> keys = aggregate.Sets[set];
            List<IGrouping<object?[], object?[]>> groups = [.. rows.GroupBy(row => keys.Select(key => Value(aggregate.Keys[key], row)).ToArray(), RowComparer.Instance)];
            if (keys.Count == 0 && groups.Count == 0)
                groups.Add(new EmptyGrouping());
            foreach (IGrouping<object?[], object?[]> group in groups)
            {
                object?[] values =
                [
                    .. Enumerable.Range(0, aggregate.Keys.Count)
                        .Select(key => keys.Contains(key) ? group.Key[keys.ToList().IndexOf(key)] : null),
                ];
                object?[] results =
                [
                    .. aggregate.Aggregates.Select(one =>
                        Aggregated(one.Signature, one.Arguments, one.IsDistinct, one.Filter, [.. group])),
                ];
                yield return aggregate.HasSetNumber ? [.. values, .. results, set] : [.. values, .. results];
            }
        }
    }

    private static object? Aggregated(
        AggregateSignature signature, IReadOnlyList<BoundExpression> arguments, bool isDistinct, BoundExpression? filter, List<object?[]> rows)
    {
        IEnumerable<object?[]> kept = rows.Where(row => filter is null || Value(filter, row) is true);
        if (arguments.Count == 0)
            return (long)kept.Count();
        IEnumerable<object> values = kept.Select(row => Value(arguments[0], row)).OfType<object>();
        object[] all = isDistinct ? [.. values.Distinct()] : [.. values];
        return signature.Name switch
        {
            "count" => (long)all.Length,
            "min" => all.Min(),
            "max" => all.Max(),
            "sum" when all.Length == 0 => null,
            "sum" when signature.Result.Kind == SqlKind.BigInt => all.Sum(value => Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            "sum" => NumericText.Parse(all.Sum(value => decimal.Parse(ValueText.Of(value), CultureInfo.InvariantCulture))
                .ToString(CultureInfo.InvariantCulture)),
            _ => throw new NotSupportedException(signature.Name),
        };
    }

    private List<object?[]> Over(OverRelation over)
    {
        List<object?[]> rows = Rows(over.Input);
        object?[][] results = [.. rows.Select(_ => new object?[over.Functions.Count])];
        for (int function = 0; function < over.Functions.Count; function++)
        {
            OverExpression one = over.Functions[function];
            IEnumerable<int> places = Enumerable.Range(0, rows.Count);
            foreach (IGrouping<object?[], int> partition in places.GroupBy(at => one.PartitionBy.Select(value => Value(value, rows[at])).ToArray(), RowComparer.Instance))
            {
                int[] ordered = [.. partition.Order(Comparer<int>.Create((x, y) => Compare(one.Order, rows[x], rows[y])))];
                for (int place = 0; place < ordered.Length; place++)
                {
                    int first = Array.FindIndex(ordered, other => Compare(one.Order, rows[other], rows[ordered[place]]) == 0);
                    int last = Array.FindLastIndex(ordered, other => Compare(one.Order, rows[other], rows[ordered[place]]) == 0);
                    results[ordered[place]][function] = one.Signature.Name switch
                    {
                        "row_number" => place + 1L,
                        "rank" => first + 1L,
                        _ => Aggregated(
                            one.Signature, one.Arguments, false, one.Filter, [.. ordered.Take(last + 1).Select(at => rows[at])]),
                    };
                }
            }
        }

        return [.. rows.Select((row, at) => (object?[])[.. row, .. results[at]])];
    }

    private static int Compare(IReadOnlyList<OrderKey> order, object?[] one, object?[] two)
    {
        foreach (OrderKey key in order)
        {
            object? left = Value(key.Value, one), right = Value(key.Value, two);
            int found = left is null || right is null
                ? (left is null, right is null) switch
                {
                    (true, true) => 0,
                    (true, false) => key.NullsFirst ? -1 : 1,
                    _ => key.NullsFirst ? 1 : -1,
                }
                : Comparer<object>.Default.Compare(left, right) * (key.IsDescending ? -1 : 1);
            if (found != 0)
                return found;
        }

        return 0;
    }

    private IEnumerable<object?[]> Limited(LimitRelation limit)
    {
        foreach (IGrouping<object?[], object?[]> partition in Rows(limit.Input).GroupBy(row => limit.PartitionBy.Select(value => Value(value, row)).ToArray(), RowComparer.Instance))
        {
            object?[][] ordered = [.. partition.Order(Comparer<object?[]>.Create((x, y) => Compare(limit.Order, x, y)))];
            int from = limit.Offset is null ? 0 : (int)Math.Min((long)Value(limit.Offset)!, ordered.Length);
            int to = limit.Limit is null ? ordered.Length : (int)Math.Min(from + (long)Value(limit.Limit)!, ordered.Length);
            while (limit.WithTies && to > from && to < ordered.Length && Compare(limit.Order, ordered[to], ordered[to - 1]) == 0)
                to++;
            foreach (object?[] row in ordered[from..to])
                yield return row;
        }
    }

    private IEnumerable<object?[]> Set(SetRelation set)
    {
        List<object?[]> left = Rows(set.Left), right = [.. Rows(set.Right)];
        if (set.Kind == SetOperator.Union)
            return set.IsAll ? left.Concat(right) : left.Concat(right).Distinct(RowComparer.Instance);
        bool wants = set.Kind == SetOperator.Intersect;
        List<object?[]> kept = [.. (set.IsAll ? left : left.Distinct(RowComparer.Instance)).Where(row =>
        {
            int found = right.FindIndex(other => RowComparer.Instance.Equals(other, row));
            if (found >= 0 && set.IsAll)
                right.RemoveAt(found);
            return found >= 0 == wants;
        })];
        return kept;
    }

    private IEnumerable<object?[]> FlatMapped(FlatMapRelation flat)
    {
        foreach (object?[] row in Rows(flat.Input))
        {
            object[] values = [.. Series([.. flat.Expressions.Select(value => Value(value, row))])];
            foreach (object value in values)
                yield return [.. row, value];
            if (values.Length == 0 && flat.KeepsEmpty)
                yield return [.. row, null];
        }
    }

    /// <summary>generate_series over integers.</summary>
    private static IEnumerable<object> Series(object?[] arguments) => arguments.Contains(null) ? []
        : Enumerable.Range((int)arguments[0]!, Math.Max(0, (int)arguments[1]! - (int)arguments[0]! + 1)).Cast<object>();

    private sealed class EmptyGrouping : List<object?[]>, IGrouping<object?[], object?[]>
    {
        public object?[] Key => [];
    }

    private sealed class RowComparer : IEqualityComparer<object?[]>
    {
        public static RowComparer Instance { get; } = new();

        public bool Equals(object?[]? x, object?[]? y) => x!.SequenceEqual(y!);

        public int GetHashCode(object?[] row) => row.Aggregate(17, (hash, value) => HashCode.Combine(hash, value));
    }
}

using System.Globalization;
using ActorStreams.Operators.Changelogs.Over;
using ActorStreams.Sql.Binding.Relations;
using ActorStreams.Sql.Expressions;

namespace ActorStreams.Sql.Planning;

/// <summary><c>WHERE row_number() OVER … &lt;= n</c> and its like: only the first rows of a partition are looked at.</summary>
/// <param name="Range">Which rows the filter keeps, as far as it goes by the number.</param>
/// <param name="Rest">What is left of the filter; null: nothing.</param>
internal sealed record RankFilter(RankRange Range, BoundExpression? Rest)
{
    public static RankFilter Of(BoundExpression? filter, OverRelation over)
    {
        if (filter is null)
            return new RankFilter(RankRange.All, null);
        IReadOnlyList<BoundExpression> parts = filter is LogicExpression { IsAnd: true } all ? all.Children : [filter];
        RankRange range = RankRange.All;
        int number = -1;
        var rest = new List<BoundExpression>();
        foreach (BoundExpression part in parts)
        {
            if (Bound(part) is not { } bound || KindOf(over, bound.Column) is not { } kind || (number >= 0 && number != bound.Column))
            {
                rest.Add(part);
                continue;
            }

            bool isLower = bound.Least > 1;
            if (isLower && kind != RankKind.RowNumber)
            {
                rest.Add(part);
                if (bound.Most == long.MaxValue)
                    continue;
            }

            number = bound.Column;
            range = new RankRange(kind, Math.Min(range.To, bound.Most),
                kind == RankKind.RowNumber ? Math.Max(range.Skipped, bound.Least - 1) : range.Skipped);
        }

        return new RankFilter(range, rest.Count == 0 ? null : rest.Aggregate(static (left, right) => Resolve.Logic(true, left, right)));
    }

    private static RankKind? KindOf(OverRelation over, int column)
    {
        int function = column - over.Input.Columns.Count;
        return function < 0 ? null : over.Functions[function].Signature.Name switch
        {
            "row_number" => RankKind.RowNumber,
            "rank" => RankKind.Rank,
            "dense_rank" => RankKind.DenseRank,
            _ => null,
        };
    }

    /// <summary>A column between two whole numbers.</summary>
    private static (int Column, long Least, long Most)? Bound(BoundExpression part)
    {
        if (part is not CallExpression { Function: { Kind: FunctionKind.Operator, Name: var name }, Children: [var left, var right] })
            return null;
        if (ColumnOf(left) is { } column && NumberOf(right) is { } most)
            return Between(column, name, most);
        return ColumnOf(right) is { } other && NumberOf(left) is { } least ? Between(other, Turned(name), least) : null;
    }

    private static (int, long, long)? Between(int column, string name, long number) => name switch
    {
        "=" => (column, number, number),
        "<=" => (column, 1, number),
        "<" => (column, 1, number - 1),
        ">=" => (column, number, long.MaxValue),
        ">" => (column, number + 1, long.MaxValue),
        _ => null,
    };

    private static string Turned(string name) => name switch
    {
        "<=" => ">=",
        "<" => ">",
        ">=" => "<=",
        ">" => "<",
        _ => name,
    };

    private static int? ColumnOf(BoundExpression value) => value is ColumnExpression column ? column.Ordinal : null;

    private static long? NumberOf(BoundExpression value) => value is ConstantExpression { Value: short or int or long } constant
        && Convert.ToInt64(constant.Value, CultureInfo.InvariantCulture) is > long.MinValue and < long.MaxValue and var number
        ? number : null;
}

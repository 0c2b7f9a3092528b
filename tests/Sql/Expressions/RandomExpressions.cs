using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>Random expressions over five columns, each as a text for PostgreSQL and as a tree for us.</summary>
internal sealed class RandomExpressions(Random random)
{
    public static readonly SqlType[] Columns = [SqlType.Integer, SqlType.Boolean, SqlType.Numeric, SqlType.Text, SqlType.Timestamp];

    private static readonly string[] s_names = ["i", "b", "n", "t", "d"];
    private static readonly string[] s_comparisons = ["=", "<>", "<", "<=", ">", ">="];

    public (string Sql, Func<IReadOnlyList<BoundExpression>, BoundExpression> Make) Next()
    {
        (string sql, Node make) = Any(random.Next(Columns.Length), 4);
        return (sql, columns => make(columns));
    }

    private delegate BoundExpression Node(IReadOnlyList<BoundExpression> columns);

    private (string Sql, Node Make) Any(int type, int depth)
    {
        if (depth == 0 || random.Next(6) == 0)
            return random.Next(3) > 0 ? Column(type) : Constant(type);
        return random.Next(3) == 0 ? Choice(type, depth - 1) : type switch
        {
            0 => Integer(depth - 1),
            1 => Boolean(depth - 1),
            2 => Number(depth - 1),
            3 => Text(depth - 1),
            _ => Time(depth - 1),
        };
    }

    private static (string Sql, Node Make) Column(int type) => (s_names[type], columns => columns[type]);

    private (string Sql, Node Make) Constant(int type)
    {
        string text = type switch
        {
            0 => $"{random.Next(1, 9)}",
            1 => random.Next(2) == 0 ? "true" : "false",
            2 => $"{random.Next(1, 99)}.{random.Next(10, 99)}",
            3 => "'" + new[] { "", "a", "abc", "%b%", "A_c" }[random.Next(5)] + "'",
            _ => $"'2024-0{random.Next(1, 9)}-1{random.Next(9)} 12:34:56'",
        };
        bool isNull = random.Next(12) == 0;
        string literal = isNull ? "NULL" : text;
        return ($"({literal}::{Columns[type]})", _ => Resolve.Cast(
            isNull ? Resolve.Null() : text[0] == '\'' ? Resolve.Quoted(text[1..^1]) : type ==
                1 ? Resolve.Boolean(text == "true") : Resolve.Number(text),
            Columns[type]));
    }

    private (string Sql, Node Make) Choice(int type, int depth)
    {
        (string a, Node makeA) = Any(type, depth);
        (string b, Node makeB) = Any(type, depth);
        switch (random.Next(5))
        {
            case 0:
                (string condition, Node makeCondition) = Any(1, depth);
                (string second, Node makeSecond) = Any(1, depth);
                bool hasElse = random.Next(2) == 0;
                return ($"CASE WHEN {condition} THEN {a} WHEN {second} THEN {b}{(hasElse ? $" ELSE {a}" : "")} END", columns =>
                    Resolve.Case([(makeCondition(columns), makeA(columns)), (makeSecond(columns), makeB(columns))], hasElse
                        ? makeA(columns) : null));
            case 1:
                return ($"COALESCE({a}, {b})", columns => Resolve.Coalesce([makeA(columns), makeB(columns)]));
            case 2:
                return ($"NULLIF({a}, {b})", columns => Resolve.NullIf(makeA(columns), makeB(columns)));
            default:
                bool isGreatest = random.Next(2) == 0;
                return ($"{(isGreatest ? "GREATEST" : "LEAST")}({a}, {b})", columns =>
                    Resolve.Extreme(isGreatest, [makeA(columns), makeB(columns)]));
        }
    }

    private (string Sql, Node Make) Integer(int depth)
    {
        if (random.Next(4) == 0)
        {
            (string text, Node make) = Any(3, depth);
            return ($"length({text})", columns => Resolve.Function("length", [make(columns)]));
        }

        return Operator(new[] { "+", "-", "*", "/", "%" }[random.Next(5)], Any(0, depth), Any(0, depth));
    }

    private (string Sql, Node Make) Number(int depth) => random.Next(3) == 0
        ? Operator(new[] { "+", "-", "*", "/" }[random.Next(4)], Any(2, depth), Any(0, depth))
        : Operator(new[] { "+", "-", "*", "/" }[random.Next(4)], Any(2, depth), Any(2, depth));

    private (string Sql, Node Make) Text(int depth)
    {
        (string a, Node makeA) = Any(3, depth);
        if (random.Next(2) == 0)
            return Operator("||", (a, makeA), Any(random.Next(5), depth));
        (string from, Node makeFrom) = Any(0, depth);
        return ($"substr({a}, {from})", columns => Resolve.Function("substr", [makeA(columns), makeFrom(columns)]));
    }

    private (string Sql, Node Make) Time(int depth)
    {
        (string a, Node make) = Any(4, depth);
        (string days, Node makeDays) = Any(0, 0);
        return ($"({a} + {days} * INTERVAL '1 day')", columns => Resolve.Operator("+", make(columns),
            Resolve.Operator("*", makeDays(columns), Resolve.Interval("1 day", null))));
    }

    private (string Sql, Node Make) Boolean(int depth)
    {
        (string a, Node makeA) = Any(1, depth);
        (string b, Node makeB) = Any(1, depth);
        int type = random.Next(Columns.Length);
        (string x, Node makeX) = Any(type, depth);
        (string y, Node makeY) = Any(type, depth);
        (string z, Node makeZ) = Any(type, depth);
        bool isNegated = random.Next(2) == 0;
        string not = isNegated ? "NOT " : "";
        switch (random.Next(9))
        {
            case 0:
                return ($"({a} AND {b})", columns => Resolve.Logic(isAnd: true, makeA(columns), makeB(columns)));
            case 1:
                return ($"({a} OR {b})", columns => Resolve.Logic(isAnd: false, makeA(columns), makeB(columns)));
            case 2:
                return ($"(NOT {a})", columns => Resolve.Not(makeA(columns)));
            case 3:
                return ($"({x} IS {not}NULL)", columns => Resolve.IsNull(makeX(columns), isNegated));
            case 4:
                bool value = random.Next(2) == 0;
                return ($"({a} IS {not}{(value ? "TRUE" : "FALSE")})", columns => Resolve.IsBoolean(makeA(columns), value, isNegated));
            case 5:
                return ($"({x} IS {not}DISTINCT FROM {y})", columns => Resolve.Distinct(makeX(columns), makeY(columns), isNegated));
            case 6:
                return ($"({x} {not}IN ({y}, {z}))", columns => Resolve.In(makeX(columns), [makeY(columns), makeZ(columns)], isNegated));
            case 7:
                bool isAll = random.Next(2) == 0;
                return ($"({x} = {(isAll ? "ALL" : "ANY")} (ARRAY[{y}, {z}]))", columns =>
                    Resolve.Quantified("=", makeX(columns), Resolve.Array([makeY(columns), makeZ(columns)]), isAll));
            default:
                return Operator(s_comparisons[random.Next(s_comparisons.Length)], (x, makeX), (y, makeY));
        }
    }

    private static (string Sql, Node Make) Operator(string name, (string Sql, Node Make) left, (string Sql, Node Make) right) =>
        ($"({left.Sql} {name} {right.Sql})", columns => Resolve.Operator(name, left.Make(columns), right.Make(columns)));
}

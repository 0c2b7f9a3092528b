using System.Text.Json;

namespace ActorStreams.Conformance.Tests;

/// <summary>Makes conditions of the cases' prefix expressions.</summary>
internal static class CepConditions
{
    private delegate object Term(CepEvent row, PartialMatch<CepEvent> soFar);

    private static readonly string[] s_iterative = ["sum", "avg", "count", "first", "last", "min", "max"];

    /// <summary>Whether the expression looks at what has been matched so far.</summary>
    public static bool IsIterative(JsonElement expression) => expression.ValueKind == JsonValueKind.Array
        && (s_iterative.Contains(expression[0].GetString(), StringComparer.Ordinal) || expression.EnumerateArray().Skip(1)
            .Any(IsIterative));

    public static Func<CepEvent, bool> Simple(JsonElement expression)
    {
        Term term = TermOf(expression);
        return row => (bool)term(row, default);
    }

    public static IterativeCondition<CepEvent, CepEvent> Iterative(JsonElement expression)
    {
        Term term = TermOf(expression);
        return (row, soFar) => (bool)term(row, soFar);
    }

    private static Term TermOf(JsonElement expression)
    {
        switch (expression.ValueKind)
        {
            case JsonValueKind.String:
                string text = expression.GetString()!;
                return (_, _) => text;
            case JsonValueKind.Number:
                double number = expression.GetDouble();
                return (_, _) => number;
            case JsonValueKind.True or JsonValueKind.False:
                bool flag = expression.GetBoolean();
                return (_, _) => flag;
        }

        string op = expression[0].GetString()!;
        string Name(int at) => expression[at].GetString()!;
        switch (op)
        {
            case "field":
                string field = Name(1);
                return (row, _) => row.Value(field);
            case "has":
                string wanted = Name(1);
                return (row, _) => row.Has(wanted);
            case "ts":
                return (row, _) => (double)row.Ts;
            case "sum" or "avg" or "min" or "max":
                return Running(op, Name(1), Name(2));
            case "count":
                string counted = Name(1);
                return (_, soFar) => (double)soFar[counted].Count;
            case "first" or "last":
                (string stage, string of) = (Name(1), Name(2));
                return op == "first" ? (_, soFar) => soFar[stage].First.Value(of) : (_, soFar) => soFar[stage].Last.Value(of);
        }

        Term[] args = [.. expression.EnumerateArray().Skip(1).Select(TermOf)];
        return op switch
        {
            "and" => (row, soFar) =>
            {
                foreach (Term arg in args)
                {
                    if (!(bool)arg(row, soFar))
                        return false;
                }

                return true;
            }
            ,
            "or" => (row, soFar) =>
            {
                foreach (Term arg in args)
                {
                    if ((bool)arg(row, soFar))
                        return true;
                }

                return false;
            }
            ,
            "not" => (row, soFar) => !(bool)args[0](row, soFar),
            "eq" => (row, soFar) => args[0](row, soFar).Equals(args[1](row, soFar)),
            "ne" => (row, soFar) => !args[0](row, soFar).Equals(args[1](row, soFar)),
            "lt" => (row, soFar) => Compare(args[0](row, soFar), args[1](row, soFar)) < 0,
            "le" => (row, soFar) => Compare(args[0](row, soFar), args[1](row, soFar)) <= 0,
            "gt" => (row, soFar) => Compare(args[0](row, soFar), args[1](row, soFar)) > 0,
            "ge" => (row, soFar) => Compare(args[0](row, soFar), args[1](row, soFar)) >= 0,
            "add" => (row, soFar) => (double)args[0](row, soFar) + (double)args[1](row, soFar),
            "sub" => (row, soFar) => (double)args[0](row, soFar) - (double)args[1](row, soFar),
            "mul" => (row, soFar) => (double)args[0](row, soFar) * (double)args[1](row, soFar),
            "div" => (row, soFar) => (double)args[0](row, soFar) / (double)args[1](row, soFar),
            "startsWith" => (row, soFar) => ((string)args[0](row, soFar)).StartsWith((string)args[1](row, soFar), StringComparison.Ordinal),
            "contains" => (row, soFar) => ((string)args[0](row, soFar)).Contains((string)args[1](row, soFar), StringComparison.Ordinal),
            _ => throw new NotSupportedException($"The case format has no operator '{op}'."),
        };
    }

    private static Term Running(string op, string stage, string field)
    {
        double Of(CepEvent row) => row.Number(field);
        Func<CepEvent, double> valueOf = Of;
        return op switch
        {
            "sum" => (_, soFar) => soFar[stage].Sum(valueOf),
            "avg" => (_, soFar) => soFar[stage].Average(valueOf),
            "min" => (_, soFar) => soFar[stage].Min(valueOf),
            _ => (_, soFar) => soFar[stage].Max(valueOf),
        };
    }

    private static int Compare(object a, object b) => a is string text ? string.CompareOrdinal(text, (string)b)
        : ((double)a).CompareTo((double)b);
}

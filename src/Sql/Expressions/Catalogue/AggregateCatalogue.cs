using ActorStreams.Sql.Errors;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Catalogue;

/// <summary>The aggregates and window functions that there are, and what each gives for the types of its arguments.</summary>
internal static class AggregateCatalogue
{
    private static readonly HashSet<string> s_overOnly =
    [
        "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "nth_value",
    ];

    private static readonly HashSet<string> s_polymorphic =
    [
        "count", "min", "max", "array_agg", "first_value", "last_value", "any_value", "percentile_disc", "mode", "json_agg", "jsonb_agg",
        "json_object_agg", "jsonb_object_agg",
    ];

    private static readonly SqlType[] s_numbers =
        [SqlType.SmallInt, SqlType.Integer, SqlType.BigInt, SqlType.Real, SqlType.Double, SqlType.Numeric];

    private static readonly SqlType[] s_whole = [SqlType.SmallInt, SqlType.Integer, SqlType.BigInt];

    /// <summary>Signatures of fixed types, by name.</summary>
    private static readonly Dictionary<string, AggregateSignature[]> s_fixed = MakeFixed();

    public static bool IsKnown(string name) => s_fixed.ContainsKey(name) || s_overOnly.Contains(name) || s_polymorphic.Contains(name);

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => s_fixed.Keys.Concat(s_overOnly).Concat(s_polymorphic).Distinct();

    /// <summary>The signature for arguments of such types, those of WITHIN GROUP last.</summary>
    /// <exception cref="SqlFault">There is none (42883).</exception>
    public static AggregateSignature Find(string name, IReadOnlyList<SqlType> types, bool isWithin, int position)
    {
        if (Polymorphic(name, types, isWithin) is { } one)
            return one with { NeedsOver = s_overOnly.Contains(name), IsOrderedSet = isWithin };
        AggregateSignature[] named = s_fixed.GetValueOrDefault(name) ?? [];
        Function[] candidates =
        [
            .. named.Where(signature => signature.Parameters.Count == types.Count).Select(static signature =>
                new Function(signature.Name, FunctionKind.Function, [.. signature.Parameters], signature.Result, null!)),
        ];
        Function? found = Choice.Of(candidates, types, out bool isAmbiguous);
        if (found is not null)
            return new AggregateSignature(name, found.Parameters, found.Result)
            {
                NeedsOver = s_overOnly.Contains(name),
                IsOrderedSet =
                isWithin
            };
        string text = $"{name}({(types.Count == 0 ? "" : string.Join(", ", types))})";
        throw new SqlFault(isAmbiguous ? SqlState.AmbiguousFunction : SqlState.UndefinedFunction,
            isAmbiguous ? $"function {text} is not unique" : $"function {text} does not exist", position);
    }


    private static AggregateSignature? Polymorphic(string name, IReadOnlyList<SqlType> types, bool isWithin)
    {
        SqlType first = types.Count > 0 ? Settled(types[0]) : SqlType.Unknown;
        return (name, types.Count) switch
        {
            ("count", 0) => new(name, [], SqlType.BigInt),
            ("count", 1) => new(name, [first], SqlType.BigInt),
            ("min" or "max", 1) when ComparisonOperators.Of("<", first) is not null && first.Kind != SqlKind.Boolean =>
                new(name, [first], first),
            ("first_value" or "last_value" or "any_value", 1) => new(name, [first], first),
            ("array_agg", 1) when first.Kind != SqlKind.Array => new(name, [first], SqlType.ArrayOf(first)),
            ("json_agg", 1) => new(name, [first], SqlType.Json),
            ("jsonb_agg", 1) => new(name, [first], SqlType.Jsonb),
            ("json_object_agg", 2) => new(name, [first, Settled(types[1])], SqlType.Json),
            ("jsonb_object_agg", 2) => new(name, [first, Settled(types[1])], SqlType.Jsonb),
            ("mode", 1) when isWithin => new(name, [first], first),
            ("percentile_disc", 2) when isWithin => new(name, [SqlType.Double, Settled(types[1])], Settled(types[1])),
            ("lag" or "lead", 1) => new(name, [first], first),
            ("lag" or "lead", 2) => new(name, [first, SqlType.Integer], first),
            ("lag" or "lead", 3) => LagWithDefault(name, first, Settled(types[2])),
            ("nth_value", 2) => new(name, [first, SqlType.Integer], first),
            _ => null,
        };
    }

    private static AggregateSignature LagWithDefault(string name, SqlType value, SqlType other)
    {
        SqlType common = other.Kind == SqlKind.Unknown ? value : Resolve.CommonType([(value, -1), (other, -1)], name);
        return new(name, [common, SqlType.Integer, common], common);
    }

    private static SqlType Settled(SqlType type) => type.Kind is SqlKind.Unknown or SqlKind.Varchar ? SqlType.Text : type.Plain;

    private static Dictionary<string, AggregateSignature[]> MakeFixed()
    {
        var all = new List<AggregateSignature>
        {
            new("sum", [SqlType.SmallInt], SqlType.BigInt), new("sum", [SqlType.Integer], SqlType.BigInt),
            new("sum", [SqlType.BigInt], SqlType.Numeric), new("sum", [SqlType.Numeric], SqlType.Numeric),
            new("sum", [SqlType.Real], SqlType.Real), new("sum", [SqlType.Double], SqlType.Double),
            new("sum", [SqlType.Interval], SqlType.Interval), new("avg", [SqlType.Interval], SqlType.Interval),
            new("string_agg", [SqlType.Text, SqlType.Text], SqlType.Text), new("string_agg", [SqlType.Bytea, SqlType.Bytea], SqlType.Bytea),
            new("percentile_cont", [SqlType.Double, SqlType.Double], SqlType.Double),
            new("percentile_cont", [SqlType.Double, SqlType.Interval], SqlType.Interval),
            new("row_number", [], SqlType.BigInt), new("rank", [], SqlType.BigInt), new("dense_rank", [], SqlType.BigInt),
            new("percent_rank", [], SqlType.Double), new("cume_dist", [], SqlType.Double), new("ntile", [SqlType.Integer], SqlType.Integer),
        };
        foreach (SqlType type in s_numbers)
        {
            SqlType exact = type.Kind is SqlKind.Real or SqlKind.Double ? SqlType.Double : SqlType.Numeric;
            foreach (string name in (string[])["avg", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp"])
                all.Add(new(name, [type], exact));
        }

        foreach (string name in (string[])["bool_and", "bool_or", "every"])
            all.Add(new(name, [SqlType.Boolean], SqlType.Boolean));
        foreach (SqlType type in s_whole)
        {
            foreach (string name in (string[])["bit_and", "bit_or", "bit_xor"])
                all.Add(new(name, [type], type));
        }

        foreach (string name in (string[])["corr", "covar_pop", "covar_samp", "regr_avgx", "regr_avgy", "regr_intercept", "regr_r2",
            "regr_slope"])
            all.Add(new(name, [SqlType.Double, SqlType.Double], SqlType.Double));
        return all.GroupBy(static one => one.Name).ToDictionary(static one => one.Key, static one => one.ToArray());
    }
}

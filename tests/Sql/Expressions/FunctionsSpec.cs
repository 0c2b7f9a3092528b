using System.Text;
using System.Text.RegularExpressions;
using ActorStreams.Sql.Expressions;
using ActorStreams.Sql.Expressions.Catalogue;
using ActorStreams.Sql.Values;
using Xunit.Abstractions;

namespace ActorStreams.Sql.Tests.Expressions;

/// <summary>Every operator, function and cast gives for every kind of argument what PostgreSQL gives: the same text, or an error with the
/// same
/// code.</summary>
public sealed class FunctionsSpec(PostgreSqlOracle oracle, ITestOutputHelper output) : IClassFixture<PostgreSqlOracle>
{
    private const int PerFunction = 60, Seed = 20260;

    /// <summary>Names of ours for what PostgreSQL writes in another way.</summary>
    private static readonly Dictionary<string, string> s_written = new()
    {
        ["array_element"] = "({0})[{1}]",
        ["array_slice"] = "({0})[{1}:{2}]",
        ["similar_to"] = "{0} SIMILAR TO {1}",
        ["jsonb_concat"] =
            "{0} || {1}",
        ["like/3"] = "{0} LIKE {1} ESCAPE {2}",
        ["ilike/3"] = "{0} ILIKE {1} ESCAPE {2}",
        ["ilike"] = "{0} ILIKE {1}",
        ["notilike"] =
            "{0} NOT ILIKE {1}",
        ["similar_to/3"] = "{0} SIMILAR TO {1} ESCAPE {2}",
        ["array_contains"] = "{0} @> {1}",
        ["boolout"] = "substr({0}::text, 1, 1)",
        ["json_extract_path"] = "json_extract_path({0}, {1})",
    };

    /// <summary>Each with a sentence on the page of differences.</summary>
    private static readonly string[] s_different =
    [
        "^\"(upper|initcap)\".*[äöü]",                          // letters outside of ASCII: all of Unicode, not by a locale
        "^\"right\".*-2147483648",                             // an overflow inside of PostgreSQL
        "^\"age\".*infinity", "^\"make_interval\".*1e",   // the same
        "^NULL::text.* ESCAPE ",                                // NULL has no error
        "^\"to_date\"|^\"to_timestamp\"\\('[^']*'::text|^\"to_number\"",   // texts that do not fit their template
        "^\"regexp_.*😀.*''::text",                             // empty matches inside of a pair of units
        "^\"width_bucket\".*numeric",                          // PostgreSQL rounds the quotient up
        "^\"make_timestamptz\"\\('-44'.*Europe",               // no zone has a history before year 1
        "^\"to_char\"\\('(-?Infinity|NaN|-?1e300|1e15)",              // numbers that no template holds
        "1e10'::real \\* ",                                    // a shortest text that lies between two numbers
    ];

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private static readonly HashSet<string> s_random = ["random"];

    [Fact]
    public void Functions_give_what_PostgreSQL_gives()
    {
        var random = new Random(Seed);
        var cases = new List<Case>();
        foreach (string name in FunctionCatalogue.Shared.Names.Except(s_random))
        {
            foreach (Function function in Signatures(FunctionCatalogue.Shared.Functions(name)))
                AddCases(function, Written(function), arguments => Resolve.Function(name, arguments), random, cases);
        }

        Compare(cases);
    }

    [Fact]
    public void Operators_give_what_PostgreSQL_gives()
    {
        var random = new Random(Seed);
        var cases = new List<Case>();
        foreach (string name in FunctionCatalogue.Shared.OperatorNames)
        {
            foreach (Function function in Signatures(FunctionCatalogue.Shared.Operators(name)))
            {
                bool isUnary = function.Parameters.Length == 1;
                AddCases(function, isUnary ? $"{name} {{0}}" : $"{{0}} {name} {{1}}",
                    arguments => Resolve.Operator(name, isUnary ? null : arguments[0], arguments[^1]), random, cases);
            }
        }

        Compare(cases);
    }

    [Fact]
    public void Casts_give_what_PostgreSQL_gives()
    {
        var random = new Random(Seed);
        var cases = new List<Case>();
        SqlType[] types =
        [
            .. Enum.GetValues<SqlKind>().Where(static kind =>
                kind is not (SqlKind.Unknown or SqlKind.Array or SqlKind.Record)).Select(static kind => new SqlType(kind)),
            SqlType.Named("numeric", 6, 2), SqlType.Named("varchar", 3), SqlType.Named("integer[]"), SqlType.Named("text[]"),
        ];
        foreach (SqlType from in types)
        {
            foreach (SqlType to in types)
            {
                var function = new Function("cast", FunctionKind.Cast, [from.Plain], to, null!);
                AddCases(function, $"({{0}})::{to}", arguments => Resolve.Cast(arguments[0], to), random, cases);
            }
        }

        Compare(cases);
    }

    private static IEnumerable<Function> Signatures(IEnumerable<FunctionTemplate> templates) => templates.SelectMany(static template =>
        template.Known is { } known ? [known]
        : new[] { SqlType.Integer, SqlType.Text }.Select(element => ForElement(template, element)).OfType<Function>());

    /// <summary>A function of elements of a type: each parameter is that type or an array of it.</summary>
    private static Function? ForElement(FunctionTemplate template, SqlType element)
    {
        SqlType array = SqlType.ArrayOf(element);
        for (int mask = 0; mask < 1 << template.ParameterCount; mask++)
        {
            int chosen = mask;
            SqlType[] types = [.. Enumerable.Range(0, template.ParameterCount).Select(at => (chosen >> at & 1) == 0 ? array : element)];
            if (template.For(types) is { } function && function.Parameters.Zip(types).All(static pair => pair.First.IsSame(pair.Second)
                || pair.First.Kind is SqlKind.Integer or SqlKind.Text))
                return function;
        }

        return null;
    }

    private static string Written(Function function)
    {
        int count = function.Parameters.Length;
        return s_written.GetValueOrDefault($"{function.Name}/{count}") ?? s_written.GetValueOrDefault(function.Name)
            ?? $"\"{function.Name}\"({string.Join(", ", Enumerable.Range(0, count).Select(static at => $"{{{at}}}"))})";
    }

    private static void AddCases(
        Function function, string format, Func<IReadOnlyList<BoundExpression>, BoundExpression> make, Random random, List<Case> cases)
    {
        string?[][] values = [.. function.Parameters.Select((type, at) => FunctionArguments.Of(function.Name, at, function.Parameters))];
        long all = values.Aggregate(1L, static (product, one) => product * one.Length);
        Lazy<(CompiledExpression? Compiled, string Fault)> compiled = new(() => Compile(function, make));
        for (int count = 0; count < Math.Min(all, PerFunction); count++)
        {
            // All combinations where they are few, else some of them.
            long at = all <= PerFunction ? count : random.NextInt64(all);
            string?[] arguments = new string?[values.Length];
            for (int parameter = 0; parameter < values.Length; parameter++)
            {
                arguments[parameter] = values[parameter][at % values[parameter].Length];
                at /= values[parameter].Length;
            }

            cases.Add(new Case(function, format, arguments, compiled));
        }
    }

    private static (CompiledExpression? Compiled, string Fault) Compile(Function function, Func<IReadOnlyList<BoundExpression>,
        BoundExpression> make)
    {
        try
        {
            return (new CompiledExpression(function.Parameters, make), "");
        }
        catch (SqlFault fault)
        {
            return (null, $"error {fault.State}");
        }
    }

    private void Compare(List<Case> cases)
    {
        string[] expected = oracle.Evaluate([.. cases.Select(static one => one.Sql)]);
        var wrong = new StringBuilder();
        int count = 0;
        var by = new Dictionary<string, int>();
        foreach ((Case one, string value) in cases.Zip(expected))
        {
            string ours = one.Evaluate();
            if (ours == value || s_different.Any(known => Regex.IsMatch(one.Sql, known, RegexOptions.None, s_limit)))
                continue;
            count++;
            string name = one.Function.ToString() + " " + one.Function.Result;
            by[name] = by.GetValueOrDefault(name) + 1;
            if (by[name] <= 4)
                wrong.AppendLine($"{one.Sql}: PostgreSQL gives {value}, we {ours}");
        }

        output.WriteLine($"{cases.Count} expressions, {count} differ");
        if (Environment.GetEnvironmentVariable("ACTORSTREAMS_SQL_DIFFERENCES") is { Length: > 0 } file)
            File.AppendAllText(file, wrong.ToString());
        Assert.True(count == 0, $"{count} of {cases.Count} differ (seed {Seed}):\n{wrong}");
    }

    private sealed record Case(
        Function Function, string Format, string?[] Arguments, Lazy<(CompiledExpression? Compiled, string Fault)> Compiled)
    {
        public string Sql => string.Format(null, Format,
            [.. Arguments.Select((argument, at) => Literal(argument, Function.Parameters[at]))]);

        public string Evaluate() => Compiled.Value.Compiled is { } compiled
            ? compiled.Evaluate([.. Arguments.Select((argument, at) =>
                argument is null ? null : ValueText.Parse(argument, Function.Parameters[at]))])
            : Compiled.Value.Fault;

        private static string Literal(string? value, SqlType type) =>
            value is null ? $"NULL::{type}" : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'::{type}";
    }
}

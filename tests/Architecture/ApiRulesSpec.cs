using System.Reflection;

namespace ActorStreams.Architecture.Tests;

/// <summary>What docs/decisions/api.md decides, held against the public API.</summary>
public sealed class ApiRulesSpec
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Methods that take user code and give a stream, a table or a step towards one, and say nothing of errors; each with its
    /// reason.</summary>
    private static readonly Dictionary<string, string> s_withoutErrors = new(StringComparer.Ordinal)
    {
        ["KeyBy"] = "the operator after it calls the key",
        ["GroupBy"] = "the operator after it calls the group",
        ["WithEventTime"] = "said where the source is read",
        ["WithWatermarks"] = "said where the source is read",
        ["Select"] = "said where the operator is opened",
        ["SelectMany"] = "said where the operator is opened",
        ["TimedOutTo"] = "said where the operator is opened",
        ["ConfirmedTo"] = "said where the operator is opened",
    };

    /// <summary>Types by which an operator is described, opened by a verb that says the error policy.</summary>
    private static readonly string[] s_builders =
    [
        "WindowSteps`2", "WithLateRows`2", "WindowedStream`2", "RetractingStream`2", "WindowedAll`1", "CountedStream`2",
        "PerKeyWindowedStream`2", "OverStream`2",
        "PatternStream`2", "RevisablePatternStream`2", "RuleStream`2",
    ];

    private static readonly string[] s_streams = ["Stream`1", "ProcessedStream`1", "EventSourcedStream`3", "Table`2", .. s_builders];

    private static readonly Assembly[] s_assemblies = [Repository.Assemblies["Core"], Repository.Assemblies["Operators"]];

    private static readonly Type[] s_types = [.. s_assemblies.SelectMany(assembly => assembly.GetExportedTypes())];

    [Fact]
    public void Whatever_calls_user_code_takes_an_error_policy_as_its_last_argument()
    {
        IEnumerable<string> wrong =
            from type in s_types
            where !s_builders.Contains(type.Name)
            from method in type.GetMethods(Declared)
            where s_streams.Contains(method.ReturnType.Name) && CallsUserCode(method) && !s_withoutErrors.ContainsKey(method.Name)
            where method.GetParameters()[^1] is not { Name: "errors", IsOptional: true }
            select $"{type.Name}.{method.Name}";
        Assert.Empty(wrong.Distinct().Order());
    }

    [Fact]
    public void An_error_policy_is_always_the_last_argument_and_optional_and_never_an_option()
    {
        IEnumerable<string> arguments =
            from type in s_types
            from method in type.GetMethods(Declared)
            from parameter in method.GetParameters()
            where Nullable.GetUnderlyingType(parameter.ParameterType)?.Name == nameof(ErrorPolicy)
            where parameter.Position != method.GetParameters().Length - 1 || !parameter.IsOptional || parameter.Name != "errors"
            select $"{type.Name}.{method.Name}";
        Assert.Empty(arguments.Order());
        Assert.Equal(["JobOptions.Errors"], s_types.SelectMany(type => type.GetProperties(Declared)
            .Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType).Name == nameof(ErrorPolicy))
            .Select(property => $"{type.Name}.{property.Name}")));
    }

    [Fact]
    public void Whatever_refuses_late_rows_says_what_becomes_of_them_in_the_same_words()
    {
        Assert.Equal(["WithLateRows`2"], s_types.Where(type => type.GetMethod("LateTo", Declared) is not null).Select(type => type.Name));
        Assert.Equal(["WithLateRows`2"], s_types.Where(type => type.GetMethod("DropLate", Declared) is not null).Select(type => type.Name));
    }

    [Fact]
    public void Windows_by_key_taken_back_and_of_all_rows_have_the_same_members()
    {
        string[] steps = [.. s_types.Single(type => type.Name == "WindowSteps`2").GetMethods(Declared)
            .Where(method => !method.IsSpecialName).Select(method => method.Name).Order()];
        Assert.Equal(
            ["AllowedLateness", "Closing", "EmitOnClose", "Lateness", "OnTime", "ResultsAt", "Trigger", "TriggerPerBatch"], steps);
        Assert.Equal(["RetractingStream`2", "WindowedAll`1", "WindowedStream`2"],
            s_types.Where(type => type.BaseType?.Name == "WindowSteps`2")
            .Select(type => type.Name).Order());
    }

    [Theory]
    [InlineData("Grace", "AllowedLateness")]
    [InlineData("Horizon", "TimeToLive")]
    [InlineData("Retention", "Retain…")]
    [InlineData("Forget", "TimeToLive")]
    [InlineData("CacheFor", "CacheTimeToLive")]
    public void Time_has_one_word_for_each_meaning(string word, string instead)
    {
        IEnumerable<string> members = s_types.SelectMany(type => type.GetMembers(Declared).Select(member => $"{type.Name}.{member.Name}"));
        IEnumerable<string> arguments = s_types.SelectMany(type => type.GetMethods(Declared).SelectMany(method =>
            method.GetParameters().Select(parameter => $"{type.Name}.{method.Name}({parameter.Name})")));
        string[] wrong = [.. members.Concat(arguments).Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase))];
        Assert.True(wrong.Length == 0, $"Say {instead}: {string.Join(", ", wrong)}");
    }

    [Fact]
    public void A_join_says_its_type_as_an_argument()
    {
        Assert.DoesNotContain(
            s_types.Where(type => type.Name.Contains("Options", StringComparison.Ordinal)).SelectMany(type => type.GetProperties(Declared)),
            property => property.PropertyType == typeof(JoinType));
        string[] joins = [.. s_types.SelectMany(type => type.GetMethods(Declared))
            .Where(method => method.Name.EndsWith("Join", StringComparison.Ordinal)
            && method.IsStatic && method.GetParameters().Any(parameter => parameter.ParameterType == typeof(JoinType)))
                .Select(method => method.Name).Distinct().Order()];
        Assert.Equal(["AsOfJoin", "ForeignKeyJoin", "IntervalJoin", "Join", "LookupJoin", "WindowJoin"], joins);
    }

    [Fact]
    public void Every_write_gives_the_handle_of_its_sink() =>
        Assert.All(
            s_types.SelectMany(type => type.GetMethods(Declared))
                .Where(method => method.Name == "Write" && method.GetParameters()
                    .Any(parameter => parameter.ParameterType.Name == "Sink`1")),
            method => Assert.Equal("OperatorHandle", method.ReturnType.Name));

    private static bool CallsUserCode(MethodInfo method) =>
        method.GetParameters()
            .Any(parameter => typeof(Delegate).IsAssignableFrom(parameter.ParameterType) && parameter.ParameterType != typeof(Action));
}

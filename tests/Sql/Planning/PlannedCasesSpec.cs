using System.Text.Json;
using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Tests.Planning;

/// <summary>Conformance cases, parsed, bound, planned and run in one pipeline: what each of them shows after each step is what it
/// must.</summary>
/// <remarks>Those that the planner has no operators for yet are listed in <c>not-yet.txt</c>, with the reason; one that passes is to be
/// taken
/// off the list. Cases of statements that are refused are the binder's.</remarks>
public sealed class PlannedCasesSpec
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "cases", "sql");
    private static readonly JsonElement s_fixtures = Read("fixtures.json");

    private static readonly Dictionary<string, JsonElement> s_cases = Directory.GetFiles(s_folder, "*.json")
        .Where(static file => Path.GetFileName(file) != "fixtures.json")
        .SelectMany(static file => Read(Path.GetFileName(file)).EnumerateArray())
        .Where(static one => !one.TryGetProperty("failing", out _))
        .ToDictionary(static one => one.GetProperty("id").GetString()!);

    private static readonly HashSet<string> s_notYet =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Planning", "not-yet.txt")).Select(static line =>
            line[..line.IndexOf(": ", StringComparison.Ordinal)])];

    public static TheoryData<string> Cases => [.. s_cases.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_case_shows_after_each_step_what_it_must(string id)
    {
        JsonElement test = s_cases[id];
        JsonElement? fixture = test.TryGetProperty("fixture", out JsonElement name) ? s_fixtures.GetProperty(name.GetString()!) : null;
        string? fault;
        try
        {
            fault = await new PlannedCase(test, fixture).RunAsync();
        }
        catch (Exception error) when (s_notYet.Contains(id) && error is SqlFault or SqlException or JobException)
        {
            return;
        }

        if (s_notYet.Contains(id))
            Assert.True(fault is not null, "The case passes: take it off the list.");
        else
            Assert.True(fault is null, fault);
    }

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_folder, file))).RootElement;
}

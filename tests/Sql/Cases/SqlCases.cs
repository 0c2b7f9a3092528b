using System.Text.Json;
using ActorStreams.Sql.Syntax;
using ActorStreams.Sql.Syntax.Tree;

namespace ActorStreams.Sql.Tests.Cases;

/// <summary>The conformance cases of the dialect (SQL.md beside them) as far as their statements go: of the folder named by
/// <c>ACTORSTREAMS_CONFORMANCE</c>, else those of the repository.</summary>
internal static class SqlCases
{
    private const string Variable = "ACTORSTREAMS_CONFORMANCE";

    private static readonly Lazy<Dictionary<string, SqlCase>> s_all = new(() => Directory.EnumerateFiles(Folder(), "*.json")
        .Where(file => Path.GetFileName(file) != "fixtures.json")
        .Order(StringComparer.Ordinal)
        .SelectMany(Read)
        .ToDictionary(one => one.Id, StringComparer.Ordinal));

    private static readonly Lazy<Dictionary<string, JsonElement>> s_fixtures = new(() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(), "fixtures.json"))).RootElement.EnumerateObject()
            .ToDictionary(fixture => fixture.Name, fixture => fixture.Value.Clone(), StringComparer.Ordinal));

    public static IReadOnlyCollection<SqlCase> All => s_all.Value.Values;

    public static TheoryData<string> Ids => [.. s_all.Value.Keys];

    /// <summary>The queries of Nexmark, q0 first.</summary>
    public static IReadOnlyList<Statement> Nexmark { get; } = [.. SqlParser.ParseScript(NexmarkScript)];

    public static string NexmarkScript => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nexmark.sql"));

    public static string NexmarkForPostgreSql => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nexmark-postgresql.sql"));

    public static SqlCase Find(string id) => s_all.Value[id];

    private static string Folder() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen && Directory.Exists(Path.Combine(chosen, "sql"))
            ? Path.Combine(chosen, "sql")
            : Path.Combine(AppContext.BaseDirectory, "cases", "sql");

    private static IEnumerable<SqlCase> Read(string file) =>
        JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray().Select(json =>
            new SqlCase(json.GetProperty("id").GetString()!, json.Clone()));

    /// <summary>The statements that make the tables of a fixture.</summary>
    internal static IEnumerable<string> DdlOf(string fixture) => Texts(s_fixtures.Value[fixture], "ddl");

    internal static IEnumerable<string> Texts(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement texts) ? texts.EnumerateArray().Select(text => text.GetString()!) : [];
}

/// <summary>One case.</summary>
internal sealed record SqlCase(string Id, JsonElement Json)
{
    /// <summary>CREATE TABLE statements, of the fixture, too.</summary>
    public IEnumerable<string> Ddl => [.. FixtureDdl, .. SqlCases.Texts(Json, "ddl")];

    public IEnumerable<string> Views => SqlCases.Texts(Json, "views");

    /// <summary>The queries and late views of its steps, in order.</summary>
    public IEnumerable<string> Queries => (Json.TryGetProperty("steps", out JsonElement steps) ? steps.EnumerateArray().ToArray() : [])
        .Select(step => step.TryGetProperty("query", out JsonElement query) || step.TryGetProperty("view", out query) ? query.GetString()
            : null)
        .OfType<string>();

    /// <summary>What must be refused; null: nothing.</summary>
    public string? Failing => Json.TryGetProperty("failing", out JsonElement failing) ? failing.GetString() : null;

    /// <summary>With this category.</summary>
    public string? Error => Json.TryGetProperty("error", out JsonElement error) ? error.GetString() : null;

    /// <summary>All that must be accepted.</summary>
    public IEnumerable<string> Statements => [.. Ddl, .. Views, .. Queries];

    private IEnumerable<string> FixtureDdl => Json.TryGetProperty("fixture", out JsonElement fixture)
        ? SqlCases.DdlOf(fixture.GetString()!) : [];
}

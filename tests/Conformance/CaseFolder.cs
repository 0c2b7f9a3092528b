using System.Text.Json;

namespace ActorStreams.Conformance.Tests;

/// <summary>The cases: of the folder named by <c>ACTORSTREAMS_CONFORMANCE</c>, else those beside the tests. Their format is
/// cases/README.md.</summary>
public static class CaseFolder
{
    private const string Variable = "ACTORSTREAMS_CONFORMANCE", Fixtures = "fixtures.json";
    private static readonly Dictionary<string, List<Case>> Families = new(StringComparer.Ordinal);

    private static string Own => Path.Combine(AppContext.BaseDirectory, "cases");

    /// <summary>The ids of a family's cases, one test each.</summary>
    public static TheoryData<string> Ids(string family)
    {
        var ids = new TheoryData<string>();
        foreach (Case one in Load(family))
            ids.Add(one.Id);
        return ids;
    }

    /// <summary>A case by its id.</summary>
    public static Case Find(string family, string id) => Load(family).Single(c => c.Id == id);

    /// <summary>What several cases of a family share, by name.</summary>
    public static JsonElement Fixture(string family, string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(FolderOf(family), Fixtures))).RootElement.GetProperty(name);

    private static List<Case> Load(string family)
    {
        lock (Families)
        {
            if (Families.TryGetValue(family, out List<Case>? cases))
                return cases;
            cases = [.. Directory.EnumerateFiles(FolderOf(family), "*.json")
                .Where(static file => Path.GetFileName(file) != Fixtures).Order(StringComparer.Ordinal).SelectMany(Read)];
            return Families[family] = cases;
        }
    }

    /// <summary>A family that the chosen folder does not have is read from our own.</summary>
    private static string FolderOf(string family) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen && Directory.Exists(Path.Combine(chosen, family))
            ? Path.Combine(chosen, family)
            : Path.Combine(Own, family);

    private static IEnumerable<Case> Read(string file) =>
        JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray().Select(c => new Case(c.GetProperty("id").GetString()!, c));
}

/// <summary>One case.</summary>
/// <param name="Id">Unique: family/class/test.</param>
/// <param name="Json">All of it.</param>
public sealed record Case(string Id, JsonElement Json)
{
    /// <summary>The operator under test.</summary>
    public JsonElement Spec => Json.GetProperty("spec");
}

namespace ActorStreams.Architecture.Tests;

/// <summary>The arrows between the folders of each library: which folder refers to which other, by the types that it names.</summary>
/// <remarks>A line is a folder and everything that it refers to; folders come in the order of the walk, each after all that it refers
/// to.</remarks>
public sealed class FolderArrowsSpec
{
    private static readonly Dictionary<string, string[]> s_stated = new(StringComparer.Ordinal)
    {
        ["Core"] =
        [
            "(root):",
            "Codecs: (root)",
            "Keys: (root) Codecs",
            "Time: (root) Codecs",
            "Records: Codecs Time",
            "Storage: (root) Codecs Keys Time",
            "Options: (root) Keys Records Storage",
            "Journal: (root) Codecs Keys Options Storage",
            "Archives: (root) Codecs Options Storage Time",
            "State: (root) Codecs Journal Keys Time",
            "Exchange: (root) Keys Options Records Storage Time",
            "Sources: (root) Codecs Exchange Options Records Storage Time",
            "Regions: (root) Codecs Exchange Journal Keys Records State Storage Time",
            "Sinks: (root) Exchange Records Sources Storage",
            "Stages: (root) Exchange Regions Sources Storage Time",
            "Pipelines: (root) Codecs Exchange Keys Options Records Regions Sinks Sources Stages Storage Time",
            "Process: (root) Codecs Exchange Journal Keys Pipelines Records Regions State Time",
            "Epochs: (root) Exchange Keys Options Pipelines Sources Stages Storage Time",
            "Jobs: (root) Archives Codecs Epochs Exchange Journal Keys Options Pipelines Process Records Regions Sources Stages State Storage Time",
        ],
        ["Operators"] =
        [
            "Stateless:",
            "Late:",
            "Sketches:",
            "Aggregates: Sketches",
            "Triggers:",
            "Windows: Aggregates Late Stateless Triggers",
            "Tables: Aggregates Stateless",
            "Joins: Aggregates Stateless Tables Windows",
            "Changelogs: Joins Stateless Tables",
            "Outbox: Joins Stateless",
            "Patterns: Late Stateless Tables",
            "Rules: Late Patterns",
        ],
        ["Persistence"] =
        [
            "Shared:",
            "Memory: Shared",
            "Sqlite: Shared",
            "PostgreSql: Shared",
            "(root): Memory PostgreSql Sqlite",
        ],
        ["Connectors"] =
        [
            "Callbacks:",
            "InCode:",
            "Pacing:",
            "Files:",
            "Debezium: Files",
            "Log:",
            "Tables:",
            "(root): Callbacks Files InCode Log Pacing Tables",
        ],
        ["Persistence.Akka"] =
        [
            "Settings:",
            "Shards:",
            "Journal: Settings Shards",
            "(root): Journal Settings",
        ],
        ["Cluster"] =
        [
            "Links:",
            "Placement:",
            "Settings:",
            "Entities:",
            "Figures:",
            "Attempts: Entities Figures Links Placement Settings",
            "Coordination: Attempts Entities Figures Placement Settings",
            "Views:",
            "Ingresses:",
            "Access: Coordination Entities Figures Ingresses Views",
            "Nodes: Attempts Coordination Entities Figures Ingresses Links Placement Views",
            "Wire: Attempts Coordination Entities Figures Ingresses Links Placement Views",
            "(root): Access Coordination Figures Links Nodes Settings Wire",
        ],
        ["Connectors.AkkaStreams"] =
        [
            "Bridges:",
            "Reading: Bridges",
            "Writing: Bridges",
            "Flows: Bridges Writing",
            "(root): Flows Reading Writing",
        ],
        ["Connectors.PostgreSql"] =
        [
            "(root):",
            "Capture: (root)",
            "Upserts: (root)",
        ],
        ["Client"] =
        [
            "Values:",
            "Lines: Values",
            "(root): Lines Values",
        ],
        ["Serving"] =
        [
            "Options:",
            "Access: Options",
            "Rows: Access",
            "Views: Access",
            "Entities: Access",
            "Changes: Access Options Views",
            "Jobs: Access Entities Rows Views",
            "Sockets: Access Changes Entities Jobs Options Rows Views",
            "(root): Access Changes Entities Jobs Options Rows Sockets Views",
        ],
        ["Sql"] =
        [
            "Errors:",
            "Values:",
            "Expressions: Errors Values",
            "Syntax: Errors",
            "Binding: Errors Expressions Syntax Values",
            "Rows: Errors Expressions Values",
            "Planning: Binding Expressions Syntax Values",
            "Queries: Binding Errors Expressions Planning Rows Values",
            "Connecting: Binding Errors Expressions Planning Rows Syntax Values",
            "Jobs: Binding Connecting Errors Expressions Planning Queries Rows Syntax Values",
        ],
        ["Actors"] =
        [
            "Turns:",
            "Entities: Turns",
            "Jobs: Entities Turns",
            "Settings:",
            "Systems: Settings",
            "(root): Entities Jobs Settings Systems Turns",
        ],
        ["TestKit"] =
        [
            "(root):",
            "Scheduling:",
            "Stores: (root) Scheduling",
            "Worlds: Scheduling Stores",
            "Probes: Scheduling Stores Worlds",
            "Contracts: Probes Scheduling Stores Worlds",
            "ActorSystems: Probes Scheduling Stores Worlds",
        ],
    };

    public static TheoryData<string> Libraries => [.. Repository.Assemblies.Keys.Where(library => library != "ActorStreams")];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Every_arrow_is_stated(string library)
    {
        string[] found = [.. Lines(library)], stated = s_stated.GetValueOrDefault(library, []);
        string[] wrong = [.. found.Except(stated, StringComparer.Ordinal).Select(line => $"found:  {line}"),
            .. stated.Except(found, StringComparer.Ordinal).Select(line => $"stated: {line}")];
        Assert.True(wrong.Length == 0, $"{library}:\n{string.Join('\n', wrong)}");
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Each_folder_comes_after_all_that_it_refers_to(string library)
    {
        string[] folders = [.. s_stated.GetValueOrDefault(library, []).Select(line => line.Split(':')[0])];
        Assert.DoesNotContain(ArrowsOf(library).Keys, arrow => Array.IndexOf(folders, arrow.From) < Array.IndexOf(folders, arrow.To));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_folder_refers_back_to_itself(string library)
    {
        IReadOnlyDictionary<(string From, string To), SortedSet<string>> arrows = ArrowsOf(library);
        IReadOnlyList<string> cycle = FolderArrows.Cycle(arrows.Keys);
        Assert.True(cycle.Count == 0, $"{library}: {string.Join(" -> ", cycle)}\n" + string.Join('\n', cycle.Zip(cycle.Skip(1))
            .Select(step => $"{step.First} -> {step.Second}: {string.Join(", ", arrows[step].Take(5))}")));
    }

    [Fact]
    public void A_circle_is_found_and_printed() =>
        Assert.Equal(["b", "c", "d", "b"], FolderArrows.Cycle([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e")]));

    [Fact]
    public void An_arrow_says_which_types_make_it() =>
        Assert.Contains("OperatorErrors -> DeadLetter", ArrowsOf("Core")[("Exchange", "Records")]);

    private static IReadOnlyDictionary<(string From, string To), SortedSet<string>> ArrowsOf(string library) =>
        FolderArrows.Of(Repository.Assemblies[library].Location, $"src/{library}");

    private static IEnumerable<string> Lines(string library)
    {
        (string From, string To)[] arrows = [.. ArrowsOf(library).Keys];
        var left = new SortedSet<string>(arrows.SelectMany(arrow => (string[])[arrow.From, arrow.To]), StringComparer.Ordinal);
        while (left.Count > 0)
        {
            // each folder after all that it refers to; of a circle, whatever comes first
            string next = left.FirstOrDefault(folder => !arrows.Any(arrow => arrow.From == folder && left.Contains(arrow.To))) ?? left.Min!;
            left.Remove(next);
            yield return $"{next}: {string.Join(' ', arrows.Where(arrow => arrow.From == next).Select(arrow => arrow.To).Order(StringComparer.Ordinal))}".TrimEnd();
        }
    }
}

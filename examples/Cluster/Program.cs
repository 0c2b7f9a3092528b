using System.CommandLine;
using ActorStreams;
using Enrichment;
using Readings;

var connection = new Option<string?>("--connection")
{
    Description = "Leads to an empty PostgreSQL database. Default: a server of the program's own, in a temporary folder.",
    HelpName = "STRING"
};
var rows = new Option<long>("--rows")
{
    Description = "How many readings there are. Default: 3000000.",
    DefaultValueFactory = _ => 3_000_000
};
var rate = new Option<int>("--rate") { Description = "How many come a second. Default: 100000.", DefaultValueFactory = _ => 100_000 };
var nodes = new Option<int>("--nodes") { Description = "How many processes. Default: 3.", DefaultValueFactory = _ => 3 };
var parallelism = new Option<int>("--parallelism") { Description = "Instances of each stage. Default: 6.", DefaultValueFactory = _ => 6 };
var profile = new Option<ClusterProfile>("--profile") { Description = "How soon a node is given up: safe or fast. Default: safe." };
var lease = new Option<bool>("--lease")
{
    Description = "Which side of a divided cluster lives is decided by a lease in the database, instead of the majority."
};
var journal = new Option<string>("--journal")
{
    Description = "Where state is: store, the PostgreSQL store itself, or akka, Akka.Persistence.Sql in the same database. Default: store.",
    DefaultValueFactory = _ => "store"
};
journal.AcceptOnlyFromAmong("store", ShardJournal.Name);
var chaos = new Option<bool>("--chaos")
{
    Description = "Kills and pauses nodes, and crashes the database, while it runs; the last readings come when all faults are made."
};
Option<int> Faults(string name, int count, string what) =>
    new(name) { Description = $"With --chaos: how many {what}. Default: {count}.", DefaultValueFactory = _ => count };
Option<int> kills = Faults("--kills", 5, "nodes are killed"), pauses = Faults("--pauses", 2, "nodes stand still"),
    crashes = Faults("--crashes", 1, "times the database crashes"), cuts = Faults("--cuts", 3, "nodes are cut off, with --hosts");
var plain = new Option<bool>("--plain") { Description = "Lines of text instead of a live view, as where the output is redirected." };
var ownHosts = new Option<bool>("--hosts")
{
    Description = "Gives each node a network namespace with an address of its own, so that --chaos can cut nodes off. Needs root and ip."
};
var seed = new Option<int>("--seed") { Description = "What the faults follow from. Default: 1.", DefaultValueFactory = _ => 1 };
var node = new Option<int?>("--node") { Description = "Runs this node; the program starts its nodes so.", Hidden = true };
var places = new Option<string?>("--places") { Description = "Where all nodes are.", Hidden = true };

var command = new RootCommand(
    "Counts readings of sensors and earthquakes on several nodes of a cluster, and compares the results with what they must be. With " +
    "--chaos nodes die.")
{
    connection, rows, rate, nodes, parallelism, profile, lease, journal, plain, chaos, kills, pauses, crashes, cuts, ownHosts, seed, node,
    places,
};
command.SetAction(async (parsed, _) =>
{
    RunSettings SettingsOf(string to) => new(to, parsed.GetValue(rows), parsed.GetValue(rate), parsed.GetValue(nodes),
        parsed.GetValue(parallelism), parsed.GetValue(profile), parsed.GetValue(lease), parsed.GetValue(journal) == ShardJournal.Name,
        parsed.GetValue(plain), parsed.GetValue(chaos) ? Plan() : null);
    FaultPlan Plan() => new(parsed.GetValue(kills), parsed.GetValue(pauses),
        parsed.GetValue(connection) is null ? parsed.GetValue(crashes) : 0, parsed.GetValue(ownHosts) ? parsed.GetValue(cuts) : 0,
        parsed.GetValue(seed));
    if (parsed.GetValue(node) is { } number)
    {
        Place[] all = [.. parsed.GetValue(places)!.Split(',').Select(Place.Parse)];
        return await NodeProgram.RunAsync(SettingsOf(parsed.GetValue(connection)!), all[number], all);
    }

    if (parsed.GetValue(connection) is { } given)
        return await ClusterRun.RunAsync(SettingsOf(given), server: null, hosts: null);
    DirectoryInfo folder = Directory.CreateTempSubdirectory("readings-");
    if (!OperatingSystem.IsWindows())
    {
        File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    try
    {
        using Hosts? hosts = parsed.GetValue(ownHosts) ? new Hosts(parsed.GetValue(nodes)) : null;
        using TemporaryServer server = TemporaryServer.Start(Path.Combine(folder.FullName, "postgresql"), ListeningFor(hosts, folder));
        string connectionString = hosts is null ? server.ConnectionString
            : server.ConnectionString.Replace("127.0.0.1", hosts.DatabaseAddress, StringComparison.Ordinal);
        return await ClusterRun.RunAsync(SettingsOf(connectionString), server, hosts);
    }
    finally
    {
        folder.Delete(recursive: true);
    }
});
return await command.Parse(args).InvokeAsync();

// The database answers hosts of their own, too.
static string[] ListeningFor(Hosts? hosts, DirectoryInfo folder)
{
    if (hosts is null)
        return [];
    string access = Path.Combine(folder.FullName, "pg_hba.conf");
    File.WriteAllText(access, $"host all all 127.0.0.1/32 trust\nhost all all {hosts.Network} trust\n");
    return [$"hba_file={access}", $"listen_addresses=127.0.0.1,{hosts.DatabaseAddress}"];
}

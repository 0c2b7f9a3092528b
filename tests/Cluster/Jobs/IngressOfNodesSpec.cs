using Akka.Actor;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>Rows are told to an ingress on any node, and reach the one node that reads it: each once, acknowledged when it is
/// durable.</summary>
public sealed class IngressOfNodesSpec
{
    private const string Streams = "akka.cluster.roles = [streams]\nactorstreams.cluster.job.role = streams";
    private const string Front = "akka.cluster.roles = [front]\nactorstreams.cluster.job.role = streams";

    private static readonly JobOptions s_options = new() { Parallelism = 2, EpochInterval = TimeSpan.FromMilliseconds(100) };

    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Rows_told_on_every_node_are_read_once_also_when_the_node_that_reads_changes()
    {
        await using var cluster = new ClusterOfNodes();
        var nodes = new List<(AccountsOfNodes Accounts, Task<ClusterJob> Job)>();
        for (int number = 0; number < 3; number++)
        {
            var accounts = new AccountsOfNodes();
            nodes.Add((accounts, ClusterJob.StartAsync(await cluster.JoinAsync(Streams), accounts.Build(), _store, s_options)));
        }

        var front = new AccountsOfNodes();
        nodes.Add((front, ClusterJob.ProxyAsync(await cluster.JoinAsync(Front), front.Build(), _store, s_options)));
        ClusterJob[] jobs = await Task.WhenAll(nodes.Select(static node => node.Job));
        Ingress<Order>[] orders = [.. jobs.Select(static job => job.Ingress<Order>())];
        Assert.Same(nodes[1].Accounts.Orders, orders[1]);

        // Some of them wait for the end of the interval, others ask for an epoch.
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => number % 5 == 0 ? orders[number % 4].TellNowAsync(OrderOf(number))
            : orders[number % 4].TellAsync(OrderOf(number))));
        Assert.Equal(Ids(40), Decisions());

        // The instances of the node that reads move to the others while rows are told everywhere.
        Task[] told = [.. Enumerable.Range(40, 80).Select(number => orders[number % 4].TellAsync(OrderOf(number)))];
        ActorSystem reads = ReaderOf(jobs[3], cluster);
        int gone = cluster.Systems.ToList().IndexOf(reads);
        await jobs[gone].DisposeAsync();
        Task[] after = [.. Enumerable.Range(120, 80).Where(number => number % 4 != gone)
            .Select(number => orders[number % 4].TellAsync(OrderOf(number)))];
        (Task Told, string Id)[] all =
        [
            .. told.Select(static (one, at) => (one, OrderOf(40 + at).Id)),
            .. after.Zip(Enumerable.Range(120, 80).Where(number => number % 4 != gone), static (one, number) => (one, OrderOf(number).Id)),
        ];
        foreach ((Task one, _) in all)
            await DurableOrInDoubtAsync(one);

        // Whoever was told that a row is durable finds it, once; only those whose rows were on the node that went away may not know.
        IReadOnlyList<string> decisions = Decisions();
        Assert.Equal(decisions.Distinct(StringComparer.Ordinal), decisions);
        Assert.Empty(all.Where(static one => one.Told.IsCompletedSuccessfully).Select(static one => one.Id)
            .Except(decisions, StringComparer.Ordinal));
    }

    private static Order OrderOf(int number) => new($"{number:D3}", $"c{number}", 1);

    private static string[] Ids(int count) => [.. Enumerable.Range(0, count).Select(static number => $"{number:D3}")];

    /// <summary>The system of the node that reads the source.</summary>
    private static ActorSystem ReaderOf(ClusterJob job, ClusterOfNodes cluster)
    {
        string line = job.Describe().Split('\n').First(line => line.StartsWith("node ", StringComparison.Ordinal)
            && line.Contains(" orders/0", StringComparison.Ordinal));
        return cluster.Systems.First(system =>
            line.Contains($"{Akka.Cluster.Cluster.Get(system).SelfUniqueAddress.Address}#", StringComparison.Ordinal));
    }

    private static async Task DurableOrInDoubtAsync(Task told)
    {
        try
        {
            await told;
        }
        catch (JobException error)
        {
            Assert.True(error.IsInDoubt);
        }
    }

    private IReadOnlyList<string> Decisions() =>
        [.. _store.ReadTable("decisions").Select(static row => (string)row[0]!).Order(StringComparer.Ordinal)];
}

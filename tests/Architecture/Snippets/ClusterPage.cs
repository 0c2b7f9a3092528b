using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/cluster.md.</summary>
[Trait("Issue", "13")]
public sealed class ClusterPage
{
    private sealed record Order(string Customer, int Amount);

    [Fact]
    public async Task A_job_runs_on_a_cluster_of_one_node()
    {
        int port = FreePort();
        Pipeline pipeline = Pipeline.Create("orders");
        pipeline.Read("orders", Sources.Of([new Order("ann", 5), new Order("bob", 7)]))
            .Write("table", Sinks.Table<Order>("orders", columns => columns.Column("amount", order => order.Amount)));
        await using var store = new MemoryStore();
        #region cluster-node
        Config own = ConfigurationFactory.ParseString($$"""
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
            akka.cluster.seed-nodes = ["akka.tcp://shop@127.0.0.1:{{port}}"]
            """);
        using ActorSystem system = ActorSystem.Create("shop", own.WithFallback(ClusterConfig.Of(ClusterProfile.Safe)));

        await using ClusterJob job = await ClusterJob.StartAsync(system, pipeline, store);
        Console.WriteLine(job.Describe());                      // the attempt, the epoch, the coordinator, the node of each instance
        await job.Completion;
        #endregion
        Assert.Equal([5L, 7L], store.ReadTable("orders").Select(row => row[0]).Order());
        Assert.Contains("completed", job.Describe(), StringComparison.Ordinal);
    }

    private sealed record Account(int Owed);

    private sealed record Charged(int Amount);

    private static async Task<(Account? Account, CommandCommitted<Charged> Done)> FromAnyNodeAsync(ActorSystem system, Pipeline pipeline,
        Store store, EntityHandle<string, Account> accounts)
    {
        #region cluster-proxy
        await using ClusterJob job = await ClusterJob.ProxyAsync(system, pipeline, store);    // where no instance runs; else StartAsync
        Account? account = await job.Entity(accounts, "ann").AskAsync();                      // the present state
        IActorRef actor = job.Entities(accounts);                                             // takes questions and commands
        var done = await actor.Ask<CommandCommitted<Charged>>(new EntityEnvelope("ann", new Order("ann", 5)));
        #endregion
        return (account, done);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

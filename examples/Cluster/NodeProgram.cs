using ActorStreams;
using Akka.Actor;
using Akka.Configuration;

namespace Readings;

/// <summary>One node: a process of its own, as a service on a machine of its own would be.</summary>
internal static class NodeProgram
{
    /// <summary>On hosts of their own nodes have a known port for rows, which no other machine can reach.</summary>
    private static readonly string HostsOwn = $"actorstreams.cluster.links {{ port = {Hosts.LinkPort}, allow-plaintext = on }}";

    /// <summary>The side that gets a row of the database lives.</summary>
    private static string LeaseIn(string connection) => $$"""
        akka.cluster.split-brain-resolver.active-strategy = lease-majority
        actorstreams.cluster.lease.connection-string = "{{connection}}"
        """;

    /// <summary>Runs until the job is complete, or the node is taken out of the cluster.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="place">Where this node is.</param>
    /// <param name="all">Where all nodes are.</param>
    public static async Task<int> RunAsync(RunSettings settings, Place place, IReadOnlyList<Place> all)
    {
        string seedNodes = string.Join(", ", all.Select(static seed => $"\"akka.tcp://readings@{seed}\""));
        using ActorSystem system = ActorSystem.Create("readings", ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = WARNING
              remote.dot-netty.tcp { hostname = "{{place.Address}}", port = {{place.Port}} }
              cluster.seed-nodes = [{{seedNodes}}]
              cluster.min-nr-of-members = {{Math.Min(2, all.Count)}}
            }
            {{(place.Port == Hosts.RemotePort ? HostsOwn : "")}}
            {{(settings.Lease ? LeaseIn(settings.Connection) : "")}}
            {{(settings.Akka ? ShardJournal.In(settings.Connection) : "")}}
            """).WithFallback(ClusterConfig.Of(settings.Profile)));
        Store rows = Store.PostgreSql(settings.Connection, new PostgreSqlOptions { AllowUnsafeServer = true });
        await using Store store = settings.Akka ? Store.AkkaPersistence(system, rows) : rows;
        Task<ClusterJob> starting = ClusterJob.StartAsync(system, ReadingsPipeline.Of(settings.Rows, settings.Rate), store,
            new JobOptions { Parallelism = settings.Parallelism });
        if (await Task.WhenAny(starting, system.WhenTerminated) == system.WhenTerminated)
            return 2;
        ClusterJob job = await starting;
        while (!job.Completion.IsCompleted && !system.WhenTerminated.IsCompleted)
        {
            Console.WriteLine($"state {job.Describe().ReplaceLineEndings("|")}");
            await Task.WhenAny(job.Completion, system.WhenTerminated, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        if (!job.Completion.IsCompleted)
            return 2;                                   // taken out of the cluster: whoever runs the node starts it again
        await job.Completion;
        Console.WriteLine($"state {job.Describe().ReplaceLineEndings("|")}");
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        return 0;
    }
}

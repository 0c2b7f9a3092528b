using ActorStreams;
using Akka.Actor;
using Akka.Configuration;

namespace Readings;

/// <summary>One node: a process of its own, as a service on a machine of its own would be.</summary>
internal static class NodeProgram
{
    /// <summary>What the program tells a node on its input once all faults are made.</summary>
    public const string MayEnd = "may end";

    /// <summary>The jobs that run on all nodes.</summary>
    public static readonly string[] Jobs = [ReadingsPipeline.Name, QuakesPipeline.Name];

    /// <summary>On hosts of their own nodes have a known port for rows, which no other machine can reach. The first of the seed nodes
    /// begins a cluster of its own where it is cut off from the others as it starts: it waits for longer than a cut takes.</summary>
    private static readonly string s_hostsOwn = $$"""
        actorstreams.cluster.links { port = {{Hosts.LinkPort}}, allow-plaintext = on }
        akka.cluster.seed-node-timeout = 20s
        """;

    /// <summary>The side that gets a row of the database lives.</summary>
    private static string LeaseIn(string connection) => $$"""
        akka.cluster.split-brain-resolver.active-strategy = lease-majority
        actorstreams.cluster.lease.connection-string = "{{connection}}"
        """;

    /// <summary>Runs until the jobs are complete, or the node is taken out of the cluster.</summary>
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
            {{(place.Port == Hosts.RemotePort ? s_hostsOwn : "")}}
            {{(settings.Lease ? LeaseIn(settings.Connection) : "")}}
            {{(settings.Akka ? ShardJournal.In(settings.Connection) : "")}}
            """).WithFallback(ClusterConfig.Of(settings.Profile)));
        Store rows = Store.PostgreSql(settings.Connection, new PostgreSqlOptions { AllowUnsafeServer = true });
        await using Store store = settings.Akka ? Store.AkkaPersistence(system, rows) : rows;
        var options = new JobOptions { Parallelism = settings.Parallelism };
        var source = new ReadingSource(settings.Rows, settings.Rate, Task.Run(WaitUntilItMayEnd));
        Task<ClusterJob[]> starting = Task.WhenAll(
            ClusterJob.StartAsync(system, ReadingsPipeline.Of(source), store, options),
            ClusterJob.StartAsync(system, QuakesPipeline.Of(settings), store, options));
        if (await Task.WhenAny(starting, system.WhenTerminated) == system.WhenTerminated)
            return 2;
        ClusterJob[] jobs = await starting;
        Task completion = Task.WhenAll(jobs.Select(static job => job.Completion));
        while (!completion.IsCompleted && !system.WhenTerminated.IsCompleted)
        {
            Tell(jobs, source);
            await Task.WhenAny(completion, system.WhenTerminated, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        if (!completion.IsCompletedSuccessfully)
        {
            // Taken out of the cluster, most likely: whoever runs the node starts it again.
            Console.WriteLine(completion.Exception?.InnerException?.Message ?? "taken out of the cluster");
            return 2;
        }

        Tell(jobs, source);
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        return 0;
    }

    private static void Tell(ClusterJob[] jobs, ReadingSource source)
    {
        foreach ((ClusterJob job, string name) in jobs.Zip(Jobs))
        {
            Console.WriteLine(new NodeReport(name, job.Epoch, job.Completion.IsCompleted, name == ReadingsPipeline.Name ? source.Read : 0,
                job.Describe()));
        }
    }

    private static void WaitUntilItMayEnd()
    {
        while (Console.ReadLine() is var line && line != MayEnd)
        {
            if (line is null)
                Environment.Exit(3);                    // the program has ended, and its nodes with it
        }
    }
}

using ActorStreams;
using Akka.Actor;
using Akka.Configuration;

namespace Readings;

/// <summary>One node: a process of its own, as a service on a machine of its own would be.</summary>
internal static class NodeProgram
{
    /// <summary>Runs until the job is complete, or the node is taken out of the cluster.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="port">The node's port.</param>
    /// <param name="seeds">The ports of all nodes.</param>
    public static async Task<int> RunAsync(RunSettings settings, int port, IReadOnlyList<int> seeds)
    {
        string seedNodes = string.Join(", ", seeds.Select(static seed => $"\"akka.tcp://readings@127.0.0.1:{seed}\""));
        using ActorSystem system = ActorSystem.Create("readings", ConfigurationFactory.ParseString($$"""
            akka {
              loglevel = WARNING
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
              cluster.seed-nodes = [{{seedNodes}}]
              cluster.min-nr-of-members = {{Math.Min(2, seeds.Count)}}
            }
            """).WithFallback(ClusterConfig.Of(settings.Profile)));
        await using Store store = Store.PostgreSql(settings.Connection, new PostgreSqlOptions { AllowUnsafeServer = true });
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

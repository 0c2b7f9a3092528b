using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>A system that would not know what to do with a lost node is refused when a job starts.</summary>
public sealed class ResolversSpec
{
    [Theory]
    [InlineData("akka.actor.provider = local", "is no node of a cluster")]
    [InlineData("akka.cluster.downing-provider-class = \"\"", "has no split-brain resolver")]
    [InlineData("akka.cluster { downing-provider-class = \"Akka.Cluster.AutoDowning, Akka.Cluster\", auto-down-unreachable-after = 10s }",
        "downs every node that it does not see")]
    [InlineData("akka.cluster.split-brain-resolver { active-strategy = static-quorum, static-quorum.quorum-size = 1 }",
        "lets a single node be a majority")]
    public async Task Refused_with_what_to_do(string settings, string expected)
    {
        using ActorSystem system = ActorSystem.Create("shop", ConfigurationFactory.ParseString(settings).WithFallback("""
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } }
            """).WithFallback(ClusterConfig.Of()));
        var pipeline = Pipeline.Create("counts");
        pipeline.Read("numbers", Sources.Of([1])).Write("out", Sinks.ForEach<int>(static _ => { }));
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => ClusterJob.StartAsync(system, pipeline, Store.InMemory()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        await system.Terminate();
    }
}

using Akka.Configuration;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>Jobs and graphs in the ActorSystem of a test.</summary>
public abstract class JobsInSys(ITestOutputHelper output) : Akka.TestKit.Xunit2.TestKit(s_settings, output: output)
{
    private static readonly Config s_settings = ConfigurationFactory.ParseString("""
        akka.loglevel = WARNING
        akka.test.single-expect-default = 30s
        akka.test.default-timeout = 30s
        """);

    /// <summary>One actor a stage; epochs end with the input, or when the test asks.</summary>
    protected static JobOptions Quiet { get; } = new()
    {
        Parallelism = 1,
        BatchRows = 16,
        EpochInterval = TimeSpan.FromDays(1),
        OnNotice = static _ => { },
    };

    protected Task<Job> StartAsync(Action<Pipeline> build, Store? store = null, JobOptions? options = null)
    {
        var pipeline = Pipeline.Create("test");
        build(pipeline);
        return Sys.ActorStreams().StartAsync(pipeline, store, options ?? Quiet);
    }
}

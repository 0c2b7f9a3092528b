using ActorStreams.Cluster.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>Heartbeats do not wait behind stages: the settings that ActorStreams gives have threads of their own for them, and a system
/// that has none is told so when a job starts.</summary>
public sealed class MembershipThreadsSpec
{
    /// <summary>Akka's own settings, those of remoting and of the cluster included.</summary>
    private static readonly Lazy<Config> s_akka = new(static () =>
    {
        using ActorSystem system = ActorSystem.Create("shop", """
            akka { loglevel = OFF, stdout-loglevel = OFF, loggers = [], remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 } }
            akka.actor.provider = cluster
            """);
        return system.Settings.Config;
    });

    [Fact]
    public void Settings_of_ActorStreams_have_threads_for_them() => Assert.Null(WrongIn(ClusterConfig.Of()));

    [Fact]
    public void Akkas_defaults_share_the_pool()
    {
        string wrong = WrongIn(Config.Empty)!;
        Assert.Contains("'akka.actor.internal-dispatcher' and 'akka.remote.default-remote-dispatcher' on the .NET pool", wrong,
            StringComparison.Ordinal);
        Assert.Contains("set akka.actor.internal-dispatcher.executor = fork-join-executor and " +
            "akka.remote.default-remote-dispatcher.executor = fork-join-executor.", wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akka.cluster.use-dispatcher = own", null)]
    [InlineData("akka.cluster.use-dispatcher = named", null)]
    [InlineData("akka.cluster.use-dispatcher = pooled", "'pooled'")]
    [InlineData("akka.actor.internal-dispatcher = pooled", "'pooled'")]
    [InlineData("akka.remote.use-dispatcher = alone", null)]
    [InlineData("akka.remote.use-dispatcher = akka.actor.default-dispatcher", "'akka.actor.default-dispatcher'")]
    public void Dispatchers_of_ones_own_are_judged_by_their_executors(string setting, string? expected)
    {
        string? wrong = WrongIn(ConfigurationFactory.ParseString(setting).WithFallback("""
            own { type = Dispatcher, executor = fork-join-executor, fork-join-executor { parallelism-min = 1, parallelism-max = 1 } }
            named = own
            pooled { type = Dispatcher, executor = thread-pool-executor }
            alone { type = PinnedDispatcher, executor = fork-join-executor }
            """).WithFallback(ClusterConfig.Of()));
        if (expected is null)
            Assert.Null(wrong);
        else
            Assert.Contains(expected, wrong, StringComparison.Ordinal);
    }

    private static string? WrongIn(Config settings) => MembershipThreads.WrongIn(settings.WithFallback(s_akka.Value));
}

using Akka.Configuration;

namespace ActorStreams.Cluster.Settings;

/// <summary>Which threads heartbeats wait for.</summary>
/// <remarks>By Akka.NET's defaults the actors of membership and of remoting run on the .NET pool, as the stages of jobs do. A heartbeat
/// passes several queues on its way there and back, and in each of them it waits until every stage with work has had its turn.</remarks>
internal static class MembershipThreads
{
    /// <summary>The dispatcher of actors that have no other one named, and the remedy's executor.</summary>
    private const string Internal = "akka.actor.internal-dispatcher", Own = "fork-join-executor";

    /// <summary>What is wrong in the settings, and what to do; null: nothing.</summary>
    public static string? WrongIn(Config config)
    {
        string[] shared = [.. new[] { "akka.cluster.use-dispatcher", "akka.remote.use-dispatcher" }.Select(key => DispatcherOf(config, key))
            .Where(dispatcher => IsOnPool(config, dispatcher)).Distinct(StringComparer.Ordinal)];
        return shared.Length == 0 ? null
            : $"sends heartbeats by threads that stages of jobs keep busy ({string.Join(" and ", shared.Select(static one => $"'{one}'"))} " +
                "on the .NET pool): under full load nodes that live would give each other up. Create the system with ClusterConfig.Of(), or " +
                $"set {string.Join(" and ", shared.Select(static one => $"{one}.executor = {Own}"))}.";
    }

    /// <summary>The section of the dispatcher that a setting names, through sections that name another one.</summary>
    private static string DispatcherOf(Config config, string key)
    {
        string named = config.GetString(key, "");
        string dispatcher = named.Length == 0 ? Internal : named;
        for (int hops = 0; hops < 10 && config.HasPath(dispatcher) && config.GetValue(dispatcher).IsString(); hops++)
            dispatcher = config.GetString(dispatcher);
        return dispatcher;
    }

    private static bool IsOnPool(Config config, string dispatcher) =>
        config.GetString($"{dispatcher}.type", "Dispatcher") is "Dispatcher" or "TaskDispatcher"
        && config.GetString($"{dispatcher}.executor", "default-executor") is "default-executor" or "thread-pool-executor" or "task-executor"
            or "channel-executor";
}

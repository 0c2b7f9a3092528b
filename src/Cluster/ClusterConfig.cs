using Akka.Configuration;

namespace ActorStreams;

/// <summary>How soon the nodes of a cluster give up one that does not answer.</summary>
public enum ClusterProfile
{
    /// <summary>A heartbeat each half second, 2 seconds without one are suspicious, and after 3 more the node is given up: a job goes on
    /// about 10 seconds after a node is lost.</summary>
    Safe,

    /// <summary>Heartbeats each 0.3 seconds, 1 second without one is suspicious, after 1 more the node is given up. Where cores are
    /// loaded, nodes that
    /// live are suspected; nothing is lost by that but time.</summary>
    Fast,
}

/// <summary>The settings of Akka.NET that a node needs to run jobs on a cluster.</summary>
/// <remarks>They have to be there when the ActorSystem is created, because the cluster reads them then.</remarks>
/// <example><code>
/// Config config = ConfigurationFactory.ParseString(ownSettings).WithFallback(ClusterConfig.Of(ClusterProfile.Safe));
/// ActorSystem system = ActorSystem.Create("shop", config);
/// </code></example>
public static class ClusterConfig
{
    /// <summary>The settings of a profile, and the reference configuration of ActorStreams.</summary>
    /// <param name="profile">How soon a node is given up. Default: <see cref="ClusterProfile.Safe"/>.</param>
    /// <returns>What an application's own settings go before: the cluster as provider, the split-brain resolver that keeps the majority,
    /// failure detection by the profile, the placement of instances kept in memory.</returns>
    public static Config Of(ClusterProfile profile = ClusterProfile.Safe) =>
        ConfigurationFactory.ParseString("akka.actor.provider = cluster").WithFallback(SettingsOf(profile));

    /// <summary>The same, but for the provider: a system that is no node of a cluster is not made one by them.</summary>
    internal static Config SettingsOf(ClusterProfile profile) =>
        Read(profile == ClusterProfile.Fast ? "cluster-fast.conf" : "cluster-safe.conf").WithFallback(Read("cluster.conf"))
            .WithFallback(ActorStreamsExtension.DefaultConfig());

    private static Config Read(string name)
    {
        using Stream file = typeof(ClusterConfig).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(file);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}

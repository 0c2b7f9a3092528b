using Microsoft.Extensions.Configuration;

namespace ShopService;

/// <summary>Where a node of the service is, by its configuration: without a port it is alone, with one it is a node of a cluster.</summary>
internal static class ShopNode
{
    /// <summary>The settings of its ActorSystem.</summary>
    /// <param name="shop"><c>Host</c> and <c>Port</c> of the node, <c>Seeds</c>: the addresses (<c>host:port</c>, by commas) of nodes that
    /// others join by, itself among them if it is the first.</param>
    public static string Settings(IConfigurationSection shop)
    {
        const string ofAll = "actorstreams.job.epoch-interval = 500ms";
        if (shop["Port"] is not { } port)
            return ofAll;
        string host = shop["Host"] ?? "127.0.0.1";
        IEnumerable<string> seeds = (shop["Seeds"] ?? $"{host}:{port}").Split(',').Select(seed => $"\"akka.tcp://shop@{seed}\"");
        return $$"""
            {{ofAll}}
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = "{{host}}", port = {{port}} }
            akka.cluster.seed-nodes = [{{string.Join(", ", seeds)}}]
            """;
    }
}

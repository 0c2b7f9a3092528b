using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Benchmarks.Nodes;

/// <summary>The ActorSystem of a node, on loopback.</summary>
internal static class NodeSystem
{
    /// <param name="port">The node's.</param>
    /// <param name="first">That of the node which the others join.</param>
    public static ActorSystem Start(int port, int first) => ActorSystem.Create("nodes", ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = ERROR
          stdout-loglevel = ERROR
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
          cluster.seed-nodes = ["akka.tcp://nodes@127.0.0.1:{{first}}"]
        }
        actorstreams.cluster.job { ask-every = 20ms, rebalance-every = 1s }
        """).WithFallback(ClusterConfig.Of(ClusterProfile.Safe)));

    /// <summary>Ports that are free now.</summary>
    public static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
            listener.Dispose();
        return ports;
    }
}

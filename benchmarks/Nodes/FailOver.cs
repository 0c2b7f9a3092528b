// failover. A row is a loss: a worker of three nodes, on which a third of 100 MB of state lives, is killed as by kill -9, and the time is
// taken from there to the next epoch that is committed: rows of transactional sinks become visible with their epoch. Profile safe. The
// baseline: the same loss, until 18 shards of Akka.Cluster.Sharding that have no state at all answer again, of which the lost node had six:
// what noticing the loss and placing what was there anew takes by itself. Both wait before each loss until all three nodes have their
// share.
using System.Diagnostics;
using System.Globalization;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Tests;

namespace ActorStreams.Benchmarks.Nodes;

internal sealed class FailOver : IBenchmark
{
    /// <summary>What a node's process is started with: then come its port, that of the first node, and the database.</summary>
    public const string Command = "failing-node";

    private const int Nodes = 3;

    private readonly int[] _ports = NodeSystem.FreePorts(Nodes);
    private Peer[]? _nodes;
    private string _database = "";

    public string Name => "failover";
    public string What => "A worker is killed that holds a third of 100 MB of state: time without output. Floor: 15 s; aim: 10 s.";
    public bool Durable => true;
    public string BaselineName => "shards of Akka.Cluster.Sharding without state, until all answer";
    public long DefaultRows => 1;

    public Outcome Expect(long rows) => new(rows, rows, rows);

    public Measurement RunOurs(long rows) => Losses(rows, "epoch");

    public Measurement RunBaseline(long rows) => Losses(rows, "shards");

    private Measurement Losses(long rows, string what)
    {
        Peer[] nodes = _nodes ??= StartNodes();
        var latency = new LatencyHistogram();
        var meter = Meter.Start();
        for (long loss = 0; loss < rows; loss++)
        {
            nodes[0].Tell("whole");                     // all nodes are there and have their instances
            nodes[0].Hear("whole");
            nodes[^1].Kill();
            long began = Stopwatch.GetTimestamp();
            nodes[0].Tell(what);
            nodes[0].Hear(what);
            latency.Record((long)Stopwatch.GetElapsedTime(began).TotalNanoseconds);
            nodes[^1].Dispose();
            nodes[^1] = Start(Nodes - 1);
        }

        meter.Stop();
        return meter.Result(rows, new Outcome(rows, rows, rows)) with { Latency = latency };
    }

    private Peer[] StartNodes()
    {
        _database = PostgreSqlServer.Shared.NewDatabase();
        var nodes = new Peer[Nodes];
        for (int node = 0; node < Nodes; node++)
            nodes[node] = Start(node);
        return nodes;
    }

    private Peer Start(int node) => new(core: null, Command, _ports[node].ToString(CultureInfo.InvariantCulture),
        _ports[0].ToString(CultureInfo.InvariantCulture), _database);
}

// two-nodes. Per row: as pipeline-10k. Ours: two processes, each with a core of its own, the nodes of a cluster; the baseline: one process
// with both cores. Both commit to PostgreSQL, which runs on the same cores, every second. Measured from when the sources may begin,
// the job being placed, until all have seen it complete.
using System.Globalization;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Journals;
using ActorStreams.Benchmarks.Pipelines;
using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Tests;
using Akka.Actor;

namespace ActorStreams.Benchmarks.Nodes;

internal sealed class TwoNodes : IBenchmark
{
    /// <summary>What a node's process is started with: then come its port and that of the first node.</summary>
    public const string Command = "counting-node";

    private const long Keys = 10_000;

    private static readonly TimeSpan _epoch = TimeSpan.FromSeconds(1);
    private Peer[]? _nodes;

    public string Name => "two-nodes";
    public string What => "The pipeline of 10,000 keys on two nodes of one core each, committed to PostgreSQL every second.";
    public bool Durable => true;
    public string BaselineName => "one process with two cores";
    public long DefaultRows => 600_000_000;

    public Outcome Expect(long rows) => LoopedBids.Of(rows, Keys).ExpectTumblingCounts(rows);

    public Measurement RunBaseline(long rows)
    {
        using RunStore place = RunStore.PostgreSql();
        return EnginePipeline.Run(rows, Keys, _epoch, place.Store);
    }

    public Measurement RunOurs(long rows)
    {
        _nodes ??= StartNodes();
        string database = PostgreSqlServer.Shared.NewDatabase();
        foreach (Peer node in _nodes)
            node.Tell(string.Create(CultureInfo.InvariantCulture, $"{rows} {database}"));
        foreach (Peer node in _nodes)
            node.Hear("ready");
        var meter = Meter.Start();
        meter.Steady(0);
        foreach (Peer node in _nodes)
            node.Tell("go");
        string[][] done = [.. _nodes.Select(static node => node.Hear("done"))];
        meter.Stop();
        Outcome outcome = done.Aggregate(default(Outcome),
            static (sum, one) => sum + new Outcome(Number(one[0]), Number(one[1]), Number(one[2])));
        return meter.Result(LoopedBids.WholeWindows(rows), outcome) with
        {
            Notes = [.. done.Select(static (one, node) => KeyValuePair.Create($"CPU s of node {node + 1}",
                double.Parse(one[3], CultureInfo.InvariantCulture)))],
        };
    }

    /// <summary>A node's process: for every line a run.</summary>
    public static async Task<int> ServeAsync(int port, int first)
    {
        using ActorSystem system = NodeSystem.Start(port, first);
        for (int run = 1; Console.ReadLine() is { } line; run++)
        {
            (string count, string database) = line.Split(' ', 2) is [var one, var two] ? (one, two) : default;
            long rows = Number(count);
            LoopedBids bids = LoopedBids.Of(rows, Keys);
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var pipeline = ActorStreams.Pipeline.Create($"counts-{run}");
            CountSink sink = Jobs.TumblingCounts(pipeline,
                new GatedBids(new LoopedSource(bids, LoopedBids.WholeWindows(rows) / LoopedBids.Sources), gate.Task));
            await using Store store = Store.PostgreSql(database);
            await using ClusterJob job = await ClusterJob.StartAsync(system, pipeline, store,
                new JobOptions { Parallelism = 2, EpochInterval = _epoch, MaxEventTimeAhead = null });
            TimeSpan before = Environment.CpuUsage.TotalTime;
            Peer.Say("ready");
            Console.ReadLine();
            gate.SetResult();
            await job.Completion;
            Outcome outcome = sink.Outcome;
            Peer.Say(string.Create(CultureInfo.InvariantCulture,
                $"done {outcome.Count} {outcome.Sum} {outcome.Checksum} {(Environment.CpuUsage.TotalTime - before).TotalSeconds}"));
        }

        return 0;
    }

    private static Peer[] StartNodes()
    {
        int[] ports = NodeSystem.FreePorts(2);
        return [.. ports.Select((port, node) => new Peer(node, Command, $"{port}", $"{ports[0]}"))];
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

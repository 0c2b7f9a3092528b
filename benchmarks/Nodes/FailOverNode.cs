using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace ActorStreams.Benchmarks.Nodes;

/// <summary>A node of the fail-over benchmark: a job with a hundred megabytes of state, and shards without any.</summary>
internal static class FailOverNode
{
    private const int Keys = 1_000_000, Partitions = 6, Shards = 18, Nodes = 3;

    private static readonly TimeSpan _again = TimeSpan.FromMilliseconds(20), _rebalance = TimeSpan.FromSeconds(1);

    /// <summary>A node's process: answers what the parent asks the first node.</summary>
    public static async Task<int> ServeAsync(int port, int first, string database)
    {
        using ActorSystem system = NodeSystem.Start(port, first);
        ClusterShardingSettings sharding = ClusterShardingSettings.Create(system).WithStateStoreMode(StateStoreMode.DData);
        IActorRef shards = ClusterSharding.Get(system).Start("plain", static _ => Props.Create<Plain>(),
            sharding.WithTuningParameters(sharding.TuningParameters.WithRebalanceInterval(_rebalance)), new ByNumber(),
            ShardAllocationStrategy.LeastShardAllocationStrategy(Shards, 1.0), PoisonPill.Instance);
        await using Store store = Store.PostgreSql(database);
        await using ClusterJob job = await ClusterJob.StartAsync(system, Readings(), store, new JobOptions { Parallelism = Partitions });
        while (await Task.Run(Console.ReadLine) is { } line)
        {
            switch (line)
            {
                case "whole":
                    while (!IsWhole(job))
                        await Task.Delay(_again);
                    while ((await AnsweredAsync(shards)).Distinct().Count() < Nodes)
                        await Task.Delay(_again);       // shards move to the node that has come back
                    await EpochAsync(job);
                    break;
                case "epoch":
                    await EpochAsync(job);
                    break;
                case "shards":
                    await AnsweredAsync(shards);
                    break;
            }

            Peer.Say(line);
        }

        Environment.Exit(0);                            // the parent has ended: nobody waits for a job that moves
        return 0;
    }

    /// <summary>All keys are there, and instances on every node.</summary>
    private static bool IsWhole(ClusterJob job) => job.Epoch > 3
        && job.Describe().Split('\n').Count(static line => line.StartsWith("node ", StringComparison.Ordinal)) == Nodes;

    private static async Task EpochAsync(ClusterJob job)
    {
        await Task.Delay(5 * _again);                   // an epoch that was committed before the loss is heard of
        long before = job.Epoch;
        while (job.Epoch <= before)
            await Task.Delay(_again);
    }

    /// <summary>Of each shard the port of the node that it answered from.</summary>
    private static Task<int[]> AnsweredAsync(IActorRef shards) =>
        Task.WhenAll(Enumerable.Range(0, Shards).Select(shard => AnsweredAsync(shards, shard)));

    private static async Task<int> AnsweredAsync(IActorRef shards, int shard)
    {
        while (true)
        {
            try
            {
                return await shards.Ask<int>(shard, TimeSpan.FromMilliseconds(500));
            }
            catch (AskTimeoutException)
            {
                // where it was is not known to be lost yet
            }
        }
    }

    private static Pipeline Readings()
    {
        var pipeline = Pipeline.Create("failover");
        pipeline.Read("readings", new SteadySource()).KeyBy(static row => row).Process("last", static () => new Remember())
            .Write("results", new NoSink());
        return pipeline;
    }

    private sealed class Plain : ReceiveActor
    {
        public Plain()
        {
            int port = Akka.Cluster.Cluster.Get(Context.System).SelfAddress.Port!.Value;
            Receive<int>(_ => Sender.Tell(port));
        }
    }

    private sealed class ByNumber : HashCodeMessageExtractor
    {
        public ByNumber()
            : base(Shards)
        {
        }

        public override string EntityId(object message) => message is int number ? $"{number}" : "";
    }

    private sealed class NoSink : Sink<long>
    {
        public override string Description => "nothing";

        public override SinkGuarantee Guarantee => SinkGuarantee.AtLeastOnce;

        public override ValueTask<SinkWriter<long>> OpenAsync(SinkContext context, CancellationToken cancellation) => new(new Writer());

        private sealed class Writer : SinkWriter<long>
        {
            public override void Write(in Chunk<long> chunk)
            {
                // only the commit matters here
            }
        }
    }

    /// <summary>A hundred bytes for each key.</summary>
    private sealed class Remember : ProcessFunction<long, long, long>
    {
        private readonly ValueState<string> _text;

        public Remember() => _text = Value<string>("text");

        public override void OnRow(in long row, ProcessContext<long, long> context)
        {
            _text.Value = $"{row,100}";
            context.Emit(row);
        }
    }

    /// <summary>All keys at once, then some of them for ever.</summary>
    private sealed class SteadySource : Source<long>
    {
        public override string Description => "keys, again and again";

        public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;

        public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
            new([.. Enumerable.Range(0, Partitions).Select(static number => $"{number}")]);

        public override ValueTask<SourceReader<long>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
            CancellationToken cancellation) =>
            new(new Reader(int.Parse(partition, System.Globalization.CultureInfo.InvariantCulture), from?.Value ?? 0, context.Clock));

        private sealed class Reader(int partition, long position, TimeProvider clock) : SourceReader<long>
        {
            private const int RowsOfATick = 20;

            private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(20);
            private long _position = position;

            public override SourceOffset Offset => new(_position);

            public override async ValueTask<bool> ReadAsync(SourceBuffer<long> buffer, CancellationToken cancellation)
            {
                bool isSteady = _position >= Keys / Partitions;
                if (isSteady)
                    await Task.Delay(_tick, clock, cancellation);
                for (int row = 0; (!isSteady || row < RowsOfATick) && !buffer.IsFull; row++, _position++)
                    buffer.Add((_position * Partitions % Keys) + partition, _position);
                return true;
            }
        }
    }
}

using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Latency;

/// <summary>The latency benchmark's query on ActorStreams: a source actor, an exchange, two regions, journaled to SQLite FULL every
/// second.</summary>
internal static class EngineLatency
{
    public static Measurement Run(Bid[] input)
    {
        using var folder = new TemporaryFolder();
        Store store = Store.Sqlite(folder.File("latency.db"));
        var counters = new List<Counter>();
        long first = input[0].Time;
        var meter = Meter.Start();
        var pacer = new Pacer(ExchangeLatency.RowsPerSecond);
        var pipeline = Pipeline.Create("latency");
        pipeline.Read("bids", new PacedSource(input, pacer))
            .KeyBy(bid => bid.Auction)
            .Process("counts", () =>
            {
                var counter = new Counter(pacer, first);
                lock (counters)
                    counters.Add(counter);
                return counter;
            })
            .Write("results", new Engine.BidSink());
        RunAsync().GetAwaiter().GetResult();
        meter.Stop();
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();

        var latency = new LatencyHistogram();
        foreach (Counter counter in counters)
            latency.Add(counter.Latency);
        var outcome = new Outcome(latency.Count, counters.Sum(counter => counter.Prices), counters.Sum(counter => counter.Squares));
        return meter.Result(input.Length, outcome) with { Latency = latency };

        async Task RunAsync()
        {
            await using Job job = await Job.StartAsync(pipeline, store, new JobOptions { Parallelism = 2, MaxEventTimeAhead = null });
            await job.Completion;
        }
    }

    private sealed class Counter : ProcessFunction<long, Bid, Bid>
    {
        private readonly ValueState<long> _count;
        private readonly Pacer _pacer;
        private readonly long _first;

        public Counter(Pacer pacer, long first) => (_pacer, _first, _count) = (pacer, first, Value<long>("count"));

        public LatencyHistogram Latency { get; } = new();

        public long Prices { get; private set; }

        /// <summary>The sum over keys of count², kept up as counts grow: (n + 1)² - n² = 2n + 1.</summary>
        public long Squares { get; private set; }

        public override void OnRow(in Bid row, ProcessContext<long, Bid> context)
        {
            long count = _count.Value;
            _count.Value = count + 1;
            Squares += (2 * count) + 1;
            Prices += row.Price;
            Latency.Record(_pacer.Now - _pacer.DueAt(row.Time - _first));
        }
    }
}

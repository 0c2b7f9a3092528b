// start. A row is a start: from the call of Job.StartAsync to the commit of the only epoch, of a job that reads one row, sends it by its
// key to another actor and counts it. The store is in memory, so that no disk is measured; the process has run such jobs before. The
// baseline is a graph of Akka.Streams with one element, from the call that materialises it to its end.
using System.Diagnostics;
using ActorStreams.Benchmarks.AkkaStreams;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using Akka.Streams.Dsl;

namespace ActorStreams.Benchmarks.Latency;

internal sealed class StartLatency : IBenchmark
{
    public string Name => "start";
    public string What => "From the start of a job of one row to the commit of its epoch, warm. Floor: 20 ms more than before Akka.NET, 0.4 ms.";
    public bool Durable => false;
    public string BaselineName => "an Akka.Streams graph of one element, to its end";
    public long DefaultRows => 1_000;

    public Outcome Expect(long rows)
    {
        var digest = new ResultDigest();
        digest.Add(Bids.Of(rows, keys: 1));
        return digest.Outcome;
    }

    public Measurement RunOurs(long rows) => Each(rows, async bid =>
    {
        var sink = new BidSink();
        var pipeline = Pipeline.Create("start");
        pipeline.Read("bids", ActorStreams.Sources.Of([bid])).KeyBy(row => row.Auction).Process("counts", () => new Counter())
            .Write("results", sink);
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory());
        await job.Completion;
        return sink.Outcome;
    });

    public Measurement RunBaseline(long rows) => Each(rows, async bid =>
    {
        var digest = new ResultDigest();
        await Source.Single(bid).RunForeach(row => digest.Add(in row), AkkaSystem.Materializer);
        return digest.Outcome;
    });

    private static Measurement Each(long rows, Func<Bid, Task<Outcome>> run)
    {
        Outcome outcome = default;
        var latency = new LatencyHistogram();
        Bid[] input = Bids.Of(rows, keys: 1);
        var meter = Meter.Start();
        foreach (Bid bid in input)
        {
            long began = Stopwatch.GetTimestamp();
            outcome += run(bid).GetAwaiter().GetResult();
            latency.Record((long)Stopwatch.GetElapsedTime(began).TotalNanoseconds);
        }

        meter.Stop();
        return meter.Result(rows, outcome) with { Latency = latency };
    }

    private sealed class Counter : ProcessFunction<long, Bid, Bid>
    {
        private readonly ValueState<long> _count;

        public Counter() => _count = Value<long>("count");

        public override void OnRow(in Bid row, ProcessContext<long, Bid> context)
        {
            _count.Value++;
            context.Emit(row);
        }
    }
}

// latency. A million rows a second, paced in sleeps of one millisecond; per row: one exchange to another thread and a count by key.
// What is measured is the time from when a row was due to when its count was done, for every row; the rate only shows whether the load
// was held. The baseline is volatile: a bounded Channel of batches between two threads, flushed at every wake-up (a linger of 1 ms).
using System.Threading.Channels;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Latency;

internal sealed class ExchangeLatency : IBenchmark
{
    public const long RowsPerSecond = 1_000_000;
    private const long Keys = 10_000;
    private const int Capacity = 8;

    public string Name => "latency";
    public string What => "From a row's due time to its count done, at a million rows a second, one exchange, 1 ms linger.";
    public bool Durable => true;
    public string BaselineName => "hand-written channel of batches, volatile";
    public long DefaultRows => 5 * RowsPerSecond;

    /// <summary>A running count: how many rows, the sum of their prices, and the sum of every count's square (which tells keys
    /// apart).</summary>
    public Outcome Expect(long rows)
    {
        Bid[] input = Bids.Of(rows, Keys);
        return new(rows, input.Sum(bid => bid.Price), input.CountBy(bid => bid.Auction).Sum(key => (long)key.Value * key.Value));
    }

    public Measurement RunBaseline(long rows) => Baseline(Bids.Of(rows, Keys), Keys);

    public Measurement RunOurs(long rows) => EngineLatency.Run(Bids.Of(rows, Keys));

    public static Measurement Baseline(Bid[] input, long keys)
    {
        var batches = Channel.CreateBounded<Batch>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        var free = Channel.CreateBounded<Batch>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
        for (int credit = 0; credit < Capacity; credit++) free.Writer.TryWrite(new Batch());
        var latency = new LatencyHistogram();
        var counts = new long[keys];
        long prices = 0;

        var meter = Meter.Start();
        var pacer = new Pacer(RowsPerSecond);
        var consumer = Task.Run(async () =>
        {
            while (await batches.Reader.WaitToReadAsync())
            {
                while (batches.Reader.TryRead(out Batch? batch))
                {
                    foreach (ref readonly Bid bid in batch.Rows.AsSpan(0, batch.Count))
                    {
                        counts[bid.Auction]++;
                        prices += bid.Price;
                    }
                    long now = pacer.Now;
                    for (int row = 0; row < batch.Count; row++) latency.Record(now - pacer.DueAt(batch.FirstRow + row));
                    free.Writer.TryWrite(batch);
                }
            }
        });
        for (long sent = 0; sent < input.Length;)
        {
            long due = Math.Min(pacer.WaitForRowsAfter(sent), input.Length);
            while (sent < due)
            {
                Batch batch = free.Reader.TryRead(out Batch? ready) ? ready : free.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();
                batch.FirstRow = sent;
                batch.Count = (int)Math.Min(batch.Rows.Length, due - sent);
                input.AsSpan((int)sent, batch.Count).CopyTo(batch.Rows);
                batches.Writer.TryWrite(batch);
                sent += batch.Count;
            }
        }
        batches.Writer.Complete();
        consumer.Wait();
        meter.Stop();
        return meter.Result(input.Length,
            new Outcome(latency.Count, prices, counts.Sum(count => count * count))) with
        { Latency = latency };
    }

    private sealed class Batch
    {
        public readonly Bid[] Rows = new Bid[Bids.BatchRows];
        public long FirstRow;
        public int Count;
    }
}

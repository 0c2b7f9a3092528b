// view-get. Point reads of a materialised table of 100 thousand keys by one thread, while a million rows a second change it, an epoch each
// 250 ms; per row, here, a read. Not durable on either side. What is reported is reads a second and the time of each; that each finds its
// own key's row is checked, and the rows that were applied meanwhile are counted. Compared with a ConcurrentDictionary that a thread of its
// own changes as often: it shows rows at once and no two of one moment, the view shows the end of an epoch.
using System.Collections.Concurrent;
using System.Diagnostics;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Latency;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Joins;

internal sealed class ViewReads : IBenchmark
{
    private const int Keys = 100_000;
    private const long UpdatesPerSecond = 1_000_000, Updates = UpdatesPerSecond * 16;

    public string Name => "view-get";
    public string What => "Point reads of a materialised table that a million rows a second change.";
    public bool Durable => false;
    public string BaselineName => "ConcurrentDictionary";
    public long DefaultRows => 10_000_000;

    public Outcome Expect(long rows) => new(rows, rows, 0);

    public Measurement RunBaseline(long rows)
    {
        var map = new ConcurrentDictionary<long, Bid>();
        Bid[] updates = Bids.Of(Updates, Keys);
        bool isOver = false;
        var pacer = new Pacer(UpdatesPerSecond);
        var writer = new Thread(() =>
        {
            for (long sent = 0; !Volatile.Read(ref isOver) && sent < updates.Length;)
            {
                long due = Math.Min(pacer.WaitForRowsAfter(sent), updates.Length);
                for (; sent < due; sent++)
                    map[updates[sent].Auction] = updates[sent];
            }
        });
        writer.Start();
        while (map.Count < Keys * 0.9)
            Thread.Sleep(1);
        var meter = Meter.Start();
        (LatencyHistogram latency, long right) = Read(rows, key => !map.TryGetValue(key, out Bid bid) || bid.Auction == key);
        meter.Stop();
        Volatile.Write(ref isOver, true);
        writer.Join();
        return meter.Result(rows, new Outcome(latency.Count, right, 0)) with { Latency = latency };
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        pipeline.Read("bids", new PacedSource(Bids.Of(Updates, Keys), new Pacer(UpdatesPerSecond))).KeyBy(static bid => bid.Auction)
            .ToTable("table").Materialize("view");
        return RunAsync().GetAwaiter().GetResult();

        async Task<Measurement> RunAsync()
        {
            await using Job job = await Job.StartAsync(pipeline, null,
                new JobOptions { Parallelism = 1, MaxEventTimeAhead = null, EpochInterval = TimeSpan.FromMilliseconds(250) });
            TableView<long, Bid> view = job.Table<long, Bid>("view");
            while (view.Epoch < 3)
                await Task.Delay(1);
            (long updatesBefore, long epochBefore, long started) = (job.Metrics.Operators["view"]["rows"], view.Epoch,
                Stopwatch.GetTimestamp());
            var meter = Meter.Start();
            (LatencyHistogram latency, long right) = Read(rows, key => !view.TryGet(key, out Bid bid, out _) || bid.Auction == key);
            meter.Stop();
            long updates = job.Metrics.Operators["view"]["rows"] - updatesBefore;
            return meter.Result(rows, new Outcome(latency.Count, right, 0)) with
            {
                Latency = latency,
                Notes =
                [
                    new("updates a second", (long)(updates / Stopwatch.GetElapsedTime(started).TotalSeconds)),
                        new("epochs", view.Epoch - epochBefore),
                    new("p99 ns", (long)latency.Percentile(0.99).TotalNanoseconds),
                        new("p99.99 ns", (long)latency.Percentile(0.9999).TotalNanoseconds),
                ],
            };
        }
    }

    private static (LatencyHistogram Latency, long Right) Read(long rows, Func<long, bool> read)
    {
        var latency = new LatencyHistogram();
        long right = 0;
        ulong state = 1;
        double nanos = 1e9 / Stopwatch.Frequency;
        long before = Stopwatch.GetTimestamp();
        for (long row = 0; row < rows; row++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            right += read((long)((state >> 33) % Keys)) ? 1 : 0;
            long now = Stopwatch.GetTimestamp();
            latency.Record((long)((now - before) * nanos));
            before = now;
        }

        return (latency, right);
    }
}

// akka-keyed-1k, akka-keyed-1m. Per row: count by auction in tumbling one-second windows of event time, results to a sink that reads them.
// Not durable on either side. Compared with what a user of Akka.Streams would write: for a thousand keys GroupBy, a counter in each
// substream; for a million, where GroupBy has no room, a stage with a Dictionary of the window. Akka.Streams has no event time, so a new
// second closes the window, which is right only because the rows are in order; rows at the end of time close the last.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using Akka;
using Akka.Streams.Dsl;

namespace ActorStreams.Benchmarks.AkkaStreams;

internal sealed class AkkaKeyed(string name, int keys, long defaultRows, bool groups) : IBenchmark
{
    public string Name => name;
    public string What => $"Counts {keys:N0} keys in tumbling windows of one second. Floor {(groups ? 20 : 5)} times Akka.Streams.";
    public bool Durable => false;
    public string BaselineName => groups ? "Akka.Streams GroupBy" : "Akka.Streams, a Dictionary in a stage";
    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows) => Model.TumblingCounts([Bids.Of(rows, keys)], keys);

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        CountSink sink = Jobs.TumblingCounts(pipeline, Sources.Of(Bids.Of(rows, keys)));
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunBaseline(long rows)
    {
        Bid[] input = Bids.Of(rows, keys);
        var digest = new ResultDigest();
        var meter = Meter.Start();
        (groups ? ByGroups(input) : ByDictionary(input)).RunForeach(digest.Add, AkkaSystem.Materializer).GetAwaiter().GetResult();
        meter.Stop();
        return meter.Result(rows, digest.Outcome);
    }

    private Source<WindowCount, NotUsed> ByGroups(Bid[] input)
    {
        IEnumerable<Bid> ends = Enumerable.Range(0, keys).Select(key => new Bid(key, 0, 0, long.MaxValue));
        return (Source<WindowCount, NotUsed>)Source.From(input).Concat(Source.From(ends)).GroupBy(keys, bid => bid.Auction)
            .StatefulSelectMany<Bid, WindowCount, NotUsed, IRunnableGraph<NotUsed>>(static () =>
            {
                long end = 0, count = 0;
                return bid =>
                {
                    if (bid.Time < end)
                    {
                        count++;
                        return [];
                    }

                    WindowCount[] closed = count == 0 ? [] : [new WindowCount(bid.Auction, end - Bids.MicrosPerSecond, count)];
                    (end, count) = (bid.Time == long.MaxValue ? bid.Time : Bids.WindowOf(bid.Time) + Bids.MicrosPerSecond, 1);
                    return closed;
                };
            }).MergeSubstreams();
    }

    private static Source<WindowCount, NotUsed> ByDictionary(Bid[] input) =>
        Source.From(input).Concat(Source.Single(new Bid(0, 0, 0, long.MaxValue))).StatefulSelectMany<Bid, WindowCount, NotUsed>(static () =>
        {
            var counts = new Dictionary<long, long>();
            long end = 0;
            return bid =>
            {
                WindowCount[] closed = [];
                if (bid.Time >= end)
                {
                    closed = [.. counts.Select(count => new WindowCount(count.Key, end - Bids.MicrosPerSecond, count.Value))];
                    counts.Clear();
                    end = bid.Time == long.MaxValue ? bid.Time : Bids.WindowOf(bid.Time) + Bids.MicrosPerSecond;
                }

                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, bid.Auction, out _)++;
                return closed;
            };
        });
}

using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Parsing;

/// <summary>The parsing benchmarks on ActorStreams: file, typed rows, tumbling count by key; every row goes to a digest as well.</summary>
internal static class EngineParsing
{
    public static Measurement Run(string name, long rows, Source<Bid> file)
    {
        var pipeline = Pipeline.Create(name);
        var read = new BidSink();
        var counts = new CountSink();
        Stream<Bid> bids = pipeline.Read("file", file).WithEventTime(bid => bid.Time, Watermarks.Monotonic());
        bids.Write("rows", read);
        bids.KeyBy(bid => bid.Auction)
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).DropLate()
            .Aggregate(Aggregate.Of<Bid>().Count())
            .Write("results", counts);
        return Jobs.Run(pipeline, rows, () => read.Outcome);
    }
}

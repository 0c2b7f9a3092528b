using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Windows;

namespace ActorStreams.Benchmarks.Parsing;

/// <summary>The parsing benchmarks on ActorStreams: file, typed rows, tumbling count by key; every row goes to a digest as well.</summary>
internal static class EngineParsing
{
    public static Measurement Run(string name, long rows, Source<Bid> file)
    {
        var pipeline = Core.Pipelines.Pipeline.Create(name);
        var read = new BidSink();
        var counts = new CountSink();
        Core.Pipelines.Stream<Bid> bids = pipeline.Read("file", file).WithEventTime(bid => bid.Time, Watermarks.Monotonic());
        bids.Write("rows", read);
        bids.KeyBy(bid => bid.Auction)
            .Window("counts", Windows.Tumbling(TimeSpan.FromSeconds(1))).DropLate()
            .Aggregate(Aggregates.Of<Bid>().Count())
            .Write("results", counts);
        return Jobs.Run(pipeline, rows, () => read.Outcome);
    }
}

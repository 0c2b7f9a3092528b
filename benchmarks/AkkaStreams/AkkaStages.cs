// akka-stages. Per row: three stateless stages, a filter that keeps half of the rows and two maps, to a sink that reads every row. Not
// durable on either side. Compared with Akka.Streams' Where, Select, Select over the same cold rows, in one fused island as its users get
// it.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using Akka.Streams.Dsl;

namespace ActorStreams.Benchmarks.AkkaStreams;

internal sealed class AkkaStages : IBenchmark
{
    private const long Keys = 10_000;

    public string Name => "akka-stages";
    public string What => "Three stateless stages: one filter of half the rows, two maps. Floor 10 times Akka.Streams.";
    public bool Durable => false;
    public string BaselineName => "Akka.Streams Where, Select, Select";
    public long DefaultRows => 8_000_000;

    public Outcome Expect(long rows) => Model.Stages(Bids.Of(rows, Keys));

    public Measurement RunOurs(long rows) => Jobs.RunStages(Name, Bids.Of(rows, Keys));

    public Measurement RunBaseline(long rows)
    {
        Bid[] input = Bids.Of(rows, Keys);
        var digest = new ResultDigest();
        var meter = Meter.Start();
        Source.From(input)
            .Where(bid => bid.Auction % 2 == 0)
            .Select(bid => bid with { Price = bid.Price * 100 })
            .Select(bid => bid with { Bidder = bid.Bidder + 1 })
            .RunForeach(bid => digest.Add(in bid), AkkaSystem.Materializer).GetAwaiter().GetResult();
        meter.Stop();
        return meter.Result(rows, digest.Outcome);
    }
}

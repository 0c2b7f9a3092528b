// flow. Per row: into a pattern that runs as a flow between an Akka.Streams source and sink, and out of it as its match, one element at a
// time. Not durable on either side. Compared with the same graph with a stage that passes elements on in the place of the flow.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using Akka;
using Akka.Streams.Dsl;

namespace ActorStreams.Benchmarks.AkkaStreams;

internal sealed class FlowBenchmark : IBenchmark
{
    private const long Keys = 10_000;

    private static readonly Pattern<Bid> s_any = Pattern.Begin<Bid>("any");

    public string Name => "flow";
    public string What => "A pattern as a flow, elements one by one in and out. Floor 0.5 of a stage that passes them on.";
    public bool Durable => false;
    public string BaselineName => "the same graph with a pass-through stage";
    public long DefaultRows => 4_000_000;

    public Outcome Expect(long rows)
    {
        var digest = new ResultDigest();
        digest.Add(Bids.Of(rows, Keys));
        return digest.Outcome;
    }

    public Measurement RunOurs(long rows) => Run(
        rows, Pattern.Flow(bid => bid.Auction, s_any, match => match.Rows[0], options: Jobs.OneCore)
            .MapMaterializedValue(static _ => NotUsed.Instance));

    public Measurement RunBaseline(long rows) => Run(rows, Flow.Create<Bid>().Select(static bid => bid));

    private static Measurement Run(long rows, Flow<Bid, Bid, NotUsed> flow)
    {
        Bid[] input = Bids.Of(rows, Keys);
        var digest = new ResultDigest();
        var meter = Meter.Start();
        Source.From(input).Via(flow).RunForeach(bid => digest.Add(in bid), AkkaSystem.Materializer).GetAwaiter().GetResult();
        meter.Stop();
        return meter.Result(rows, digest.Outcome);
    }
}

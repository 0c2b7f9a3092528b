// rx-stages. Per row: three stateless stages, a filter that keeps half of the rows and two maps, to a sink that reads every row. Not
// durable on either side. Compared with System.Reactive's Where, Select, Select over the same cold rows, fed by a plain loop.
using System.Reactive.Linq;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Rx;

internal sealed class RxStages : IBenchmark
{
    private const long Keys = 10_000;

    public string Name => "rx-stages";
    public string What => "Three stateless stages: one filter of half the rows, two maps.";
    public bool Durable => false;
    public string BaselineName => "System.Reactive Where, Select, Select";
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows) => Model.Stages(Bids.Of(rows, Keys));

    public Measurement RunBaseline(long rows) => Baseline(Bids.Of(rows, Keys));

    public Measurement RunOurs(long rows) => Jobs.RunStages(Name, Bids.Of(rows, Keys));

    public static Measurement Baseline(Bid[] input)
    {
        var digest = new ResultDigest();
        var source = new BidObservable(input);
        IObservable<Bid> query = source
            .Where(bid => bid.Auction % 2 == 0)
            .Select(bid => bid with { Price = bid.Price * 100 })
            .Select(bid => bid with { Bidder = bid.Bidder + 1 });

        using IDisposable subscription = query.Subscribe(bid => digest.Add(in bid));

        var meter = Meter.Start();
        source.Run();
        meter.Stop();
        return meter.Result(input.Length, digest.Outcome);
    }
}

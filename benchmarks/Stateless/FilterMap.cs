// filter-map. Per row: keep the row if its auction is even (half of them, unpredictably), turn its price into cents, hand it on in
// batches of 1,024 that a sink reads in full. Not durable on either side. Compared with the plain loop a C# programmer writes by hand;
// the branchless form of that loop is reported beside it. Input is cold: 512 MB, read once a run.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Stateless;

internal sealed class FilterMap : IBenchmark
{
    private const long Keys = 10_000;

    public string Name => "filter-map";
    public string What => "Filters half of the rows and maps the rest.";
    public bool Durable => false;
    public string BaselineName => "hand-written loop";
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows)
    {
        var digest = new ResultDigest();
        foreach (Bid bid in Bids.Of(rows, Keys).Where(bid => bid.Auction % 2 == 0))
            digest.Add(bid with { Price = bid.Price * 100 });
        return digest.Outcome;
    }

    public Measurement RunBaseline(long rows) => Baseline(Bids.Of(rows, Keys));

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create("filter-map");
        var sink = new BidSink();
        pipeline.Read("bids", Sources.Of(Bids.Of(rows, Keys)))
            .Filter(bid => bid.Auction % 2 == 0)
            .Map(bid => bid with { Price = bid.Price * 100 })
            .Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public IReadOnlyList<Variant> Variants => [new("branchless loop", rows => Branchless(Bids.Of(rows, Keys)))];

    public static Measurement Baseline(Bid[] input)
    {
        var output = new Bid[Bids.BatchRows];
        var digest = new ResultDigest();
        var meter = Meter.Start();
        int pending = 0;
        for (int start = 0; start < input.Length; start += Bids.BatchRows)
            pending = WithIf(input.AsSpan(start, Math.Min(Bids.BatchRows, input.Length - start)), output, pending, digest);
        digest.Add(output.AsSpan(0, pending));
        meter.Stop();
        return meter.Result(input.Length, digest.Outcome);
    }

    public static Measurement Branchless(Bid[] input)
    {
        var output = new Bid[2 * Bids.BatchRows];
        var digest = new ResultDigest();
        var meter = Meter.Start();
        int pending = 0;
        for (int start = 0; start < input.Length; start += Bids.BatchRows)
        {
            pending = WriteAlways(input.AsSpan(start, Math.Min(Bids.BatchRows, input.Length - start)), output, pending);
            if (pending < Bids.BatchRows) continue;
            digest.Add(output.AsSpan(0, pending));
            pending = 0;
        }
        digest.Add(output.AsSpan(0, pending));
        meter.Stop();
        return meter.Result(input.Length, digest.Outcome);
    }

    private static int WithIf(ReadOnlySpan<Bid> rows, Bid[] output, int pending, ResultDigest digest)
    {
        foreach (ref readonly Bid bid in rows)
        {
            if ((bid.Auction & 1) != 0) continue;
            Map(in bid, ref output[pending++]);
            if (pending == output.Length)
            {
                digest.Add(output);
                pending = 0;
            }
        }
        return pending;
    }

    private static int WriteAlways(ReadOnlySpan<Bid> rows, Bid[] output, int pending)
    {
        ref Bid first = ref MemoryMarshal.GetArrayDataReference(output);        // room for a whole batch is there: no bounds check
        foreach (ref readonly Bid bid in rows)
        {
            Map(in bid, ref Unsafe.Add(ref first, pending));
            pending += 1 - (int)(bid.Auction & 1);
        }
        return pending;
    }

    // Field by field: a struct built first and copied as a whole waits for its own stores.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Map(in Bid bid, ref Bid mapped)
    {
        mapped.Auction = bid.Auction;
        mapped.Bidder = bid.Bidder;
        mapped.Price = bid.Price * 100;
        mapped.Time = bid.Time;
    }
}

// sql-filter. The same work as filter-map, said in SQL inside of a pipeline: keep the row if its auction is even, turn its price into
// cents. Compared with the pipeline that a C# programmer writes with our own API (Filter, then Map), over the same rows and the same sink.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Stateless;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class SqlFilter : IBenchmark
{
    private const long Keys = 10_000;

    public string Name => "sql-filter";
    public string What => "Filters half of the rows and maps the rest, said in SQL.";
    public bool Durable => false;
    public string BaselineName => "the same pipeline in C#";
    public long DefaultRows => Bids.ColdRows;

    public Outcome Expect(long rows) => new FilterMap().Expect(rows);

    public Measurement RunBaseline(long rows) => new FilterMap().RunOurs(rows);

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create("sql-filter");
        var sink = new BidSink();
        Stream<Bid> bids = pipeline.Read("bids", Sources.Of(Bids.Of(rows, Keys)));
        pipeline.Sql("results", "SELECT auction, bidder, price * 100 AS price, time FROM bids WHERE auction % 2 = 0",
                from => from.Stream("bids", bids))
            .ToStream<Bid>()
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }
}

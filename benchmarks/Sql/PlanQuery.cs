// plan. A "row" is a query of twenty lines, another one each time: parsed, bound, planned and compiled into operators of a pipeline that
// has run no such query before. Floor 20 a second (50 ms each, warm), aim 100. Compared with reading and binding it alone.
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class PlanQuery : IBenchmark
{
    public string Name => "plan";
    public string What => "Parses, binds, plans and compiles a query of twenty lines. Floor 20 a second, aim 100.";
    public bool Durable => false;
    public string BaselineName => "parsed and bound only";
    public long DefaultRows => 100;

    public Outcome Expect(long rows) => new(rows, 0, 0);

    public Measurement RunBaseline(long rows) => Run(rows, plans: false);

    public Measurement RunOurs(long rows) => Run(rows, plans: true);

    private static Measurement Run(long rows, bool plans)
    {
        TimedBid[] none = [];
        var meter = Meter.Start();
        for (long at = 0; at < rows; at++)
        {
            Pipeline pipeline = Pipeline.Create("plan");
            Stream<TimedBid> bids = pipeline.Read("bids", Sources.Of(none));
            SqlQuery query = pipeline.Sql("query", Query(at), from => from.Stream("bids", bids, nameof(TimedBid.At)));
            if (plans)
                query.ToChanges();
        }

        meter.Stop();
        return meter.Result(rows, new Outcome(rows, 0, 0));
    }

    private static string Query(long number) => $"""
        WITH counted AS (
            SELECT auction,
                   window_start,
                   window_end,
                   count(*) AS n,
                   sum(price) FILTER (WHERE price > {number}) AS total,
                   max(price) AS most
            FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(at), INTERVAL '10' SECOND)) AS w
            WHERE bidder % 10 <> {number % 10}
            GROUP BY auction, window_start, window_end
        )
        SELECT c.auction,
               c.window_start,
               CASE WHEN c.n > {number} THEN 'many' WHEN c.n > 1 THEN 'some' ELSE 'one' END AS size,
               round(c.total / nullif(c.n, 0), 2) AS mean,
               b.bidder,
               upper(b.bidder::text) || '-' || c.auction AS label
        FROM counted AS c
        JOIN bids AS b ON b.auction = c.auction AND b.price = c.most
        WHERE c.total > {number}
        """;
}

// duckdb-q0 … duckdb-q22. The queries of Nexmark over rows that are all there, ours without a store and on one core, against DuckDB in
// memory with one thread, whose result goes into a table. Loading DuckDB's tables is not measured. DuckDB computes the last answer once;
// ours gives every change on the way there. Both must end with the same number of rows.
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Tests;
using DuckDB.NET.Data;

namespace ActorStreams.Benchmarks.Sql;

/// <summary>One query.</summary>
/// <param name="query">Its name: q0.</param>
internal sealed class DuckDbQuery(NexmarkQuery query) : IBenchmark
{
    private static DuckDBConnection? s_database;
    private static long s_rows;

    public string Name => $"duckdb-{query.Query}";
    public string What => $"Runs {query.Query} of Nexmark over rows that are all there.";
    public bool Durable => false;
    public string BaselineName => "DuckDB, one thread";
    public long DefaultRows => query.DefaultRows;

    public Outcome Expect(long rows) => CountOf(query.Expect(rows));

    public Measurement RunOurs(long rows)
    {
        Measurement run = query.RunBaseline(rows);
        return run with { Outcome = CountOf(run.Outcome) };
    }

    public Measurement RunBaseline(long rows)
    {
        DuckDBConnection database = Database(rows);
        Run(database, "DROP TABLE IF EXISTS result");
        string text = NexmarkQueries.PostgreSqlTextOf(query.Query);
        var meter = Meter.Start();
        Run(database, $"CREATE TABLE result AS {text}");
        meter.Stop();
        using DuckDBCommand count = database.CreateCommand();
        count.CommandText = "SELECT count(*) FROM result";
        return meter.Result(rows, new Outcome((long)count.ExecuteScalar()!, 0, 0));
    }

    private static Outcome CountOf(Outcome outcome) => new(outcome.Count, 0, 0);

    private static DuckDBConnection Database(long rows)
    {
        if (s_database is not null && s_rows == rows)
            return s_database;
        s_database?.Dispose();
        (s_database, s_rows) = (new DuckDBConnection("DataSource=:memory:"), rows);
        s_database.Open();
        Run(s_database, """
            SET threads = 1;
            CREATE TABLE person (id bigint, name varchar, email varchar, card varchar, city varchar, state varchar, at timestamp,
                extra varchar);
            CREATE TABLE auction (id bigint, item varchar, description varchar, initial_bid bigint, reserve bigint, at timestamp,
                expires timestamp, seller bigint, category bigint, extra varchar);
            CREATE TABLE bid (auction bigint, bidder bigint, price bigint, channel varchar, url varchar, at timestamp, extra varchar);
            CREATE MACRO to_char(time, form) AS strftime(time, CASE form WHEN 'YYYY-MM-DD' THEN '%Y-%m-%d' ELSE '%H:%M' END);
            CREATE MACRO date_bin(width, time, origin) AS time_bucket(CAST(width AS interval), time, CAST(origin AS timestamp));
            CREATE MACRO regexp_match(text, pattern) AS CASE WHEN regexp_matches(text, pattern)
                THEN [regexp_extract(text, pattern, 1), regexp_extract(text, pattern, 2)] END;
            """);
        using DuckDBAppender persons = s_database.CreateAppender("person"), auctions = s_database.CreateAppender("auction"),
            bids = s_database.CreateAppender("bid");
        foreach (NexmarkEvent one in NexmarkQuery.Events(rows))
        {
            if (one.Person is { } person)
            {
                persons.CreateRow().AppendValue(person.Id).AppendValue(person.Name).AppendValue(person.Email).AppendValue(person.Card)
                    .AppendValue(person.City).AppendValue(person.State).AppendValue(person.At).AppendValue(person.Extra).EndRow();
            }
            else if (one.Auction is { } auction)
            {
                auctions.CreateRow().AppendValue(auction.Id).AppendValue(auction.Item).AppendValue(auction.Description)
                    .AppendValue(auction.InitialBid).AppendValue(auction.Reserve).AppendValue(auction.At).AppendValue(auction.Expires)
                    .AppendValue(auction.Seller).AppendValue(auction.Category).AppendValue(auction.Extra).EndRow();
            }
            else if (one.Bid is { } bid)
            {
                bids.CreateRow().AppendValue(bid.AuctionId).AppendValue(bid.Bidder).AppendValue(bid.Price).AppendValue(bid.Channel)
                    .AppendValue(bid.Url).AppendValue(bid.At).AppendValue(bid.Extra).EndRow();
            }
        }

        return s_database;
    }

    private static void Run(DuckDBConnection database, string text)
    {
        using DuckDBCommand command = database.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}

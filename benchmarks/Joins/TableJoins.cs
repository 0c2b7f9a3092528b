// table-join. Per row: one side of an inner join of two tables by key is set, a million keys a side, at random; what the join's result
// changes by goes to a sink that adds up old and new. Not durable on either side. Compared with two dictionaries, on one core. Ours keeps
// each table, and both once more in the join, because any of the three can be read and joined on its own.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Joins;

internal sealed class TableJoins : IBenchmark
{
    private const int Keys = 1_000_000;

    private static (long Rows, Bid[] Left, Bid[] Right) _input;

    public string Name => "table-join";
    public string What => "Keeps the inner join of two tables of a million keys while random keys change.";
    public bool Durable => false;
    public string BaselineName => "two dictionaries, one core";
    public long DefaultRows => 8_000_000;

    public Outcome Expect(long rows)
    {
        (Bid[] left, Bid[] right) = InputOf(rows);
        var lefts = new Dictionary<long, long>();
        var rights = new Dictionary<long, long>();
        foreach (Bid bid in left)
            lefts[bid.Auction] = bid.Price;
        foreach (Bid bid in right)
            rights[bid.Auction] = bid.Price;
        Outcome outcome = default;
        foreach ((long key, long price) in lefts)
        {
            if (rights.TryGetValue(key, out long other))
                outcome += new Outcome(1, price + other, price * other);
        }

        return outcome;
    }

    public Measurement RunBaseline(long rows)
    {
        (Bid[] left, Bid[] right) = InputOf(rows);
        var lefts = new Dictionary<long, long>();
        var rights = new Dictionary<long, long>();
        long count = 0, sum = 0, checksum = 0;
        var meter = Meter.Start();
        for (int start = 0; start < left.Length; start += Bids.BatchRows)
        {
            int end = Math.Min(start + Bids.BatchRows, left.Length);
            Set(left.AsSpan(start..end), lefts, rights, ref count, ref sum, ref checksum);
            Set(right.AsSpan(start..end), rights, lefts, ref count, ref sum, ref checksum);
        }

        meter.Stop();
        return meter.Result(rows, new Outcome(count, sum, checksum));
    }

    public Measurement RunOurs(long rows)
    {
        (Bid[] left, Bid[] right) = InputOf(rows);
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<TableChange<long, Joined<long, long>>, AddChange>();
        Table<long, long> lefts = pipeline.Read("left", Sources.Of(left)).KeyBy(static bid => bid.Auction)
            .ToTable("lefts", static bid => bid.Price);
        Table<long, long> rights = pipeline.Read("right", Sources.Of(right)).KeyBy(static bid => bid.Auction)
            .ToTable("rights", static bid => bid.Price);
        lefts.Join("join", rights).ToStream().Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private static void Set(
        ReadOnlySpan<Bid> rows, Dictionary<long, long> own, Dictionary<long, long> others, ref long count, ref long sum, ref long checksum)
    {
        foreach (ref readonly Bid bid in rows)
        {
            ref long price = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(own, bid.Auction, out bool had);
            if (others.TryGetValue(bid.Auction, out long other))
            {
                count += had ? 0 : 1;
                sum += bid.Price - price + (had ? 0 : other);
                checksum += (bid.Price - price) * other;
            }

            price = bid.Price;
        }
    }

    private static (Bid[] Left, Bid[] Right) InputOf(long rows)
    {
        if (_input.Rows != rows)
            _input = (rows, Bids.Generate(rows / 2, Keys, seed: 1), Bids.Generate(rows / 2, Keys, seed: 2));
        return (_input.Left, _input.Right);
    }

    private readonly struct AddChange : IAdd<TableChange<long, Joined<long, long>>>
    {
        public void Add(in TableChange<long, Joined<long, long>> row, ref long count, ref long sum, ref long checksum)
        {
            if (row.HasAfter)
            {
                count++;
                sum += row.After.Left + row.After.Right;
                checksum += row.After.Left * row.After.Right;
            }

            if (!row.HadBefore)
                return;
            count--;
            sum -= row.Before.Left + row.Before.Right;
            checksum -= row.Before.Left * row.Before.Right;
        }
    }
}

// interval-join. Two streams of rows by 100 thousand keys, ten rows a second of each key and stream; a row meets those of the other stream
// within 50 ms, about one. Pairs go to a sink that reads both rows. Half of the rows are left ones. Not durable on either side. Compared
// with hand-written buffers per key and side, in order of time, on one core; they rely on times being in order, and drop what is too old
// only when the key comes by.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Joins;

internal sealed class IntervalJoins : IBenchmark
{
    private const int Keys = 100_000;
    private const long Distance = 50_000;

    private static (long Rows, Bid[] Left, Bid[] Right) _input;

    public string Name => "interval-join";
    public string What => "Pairs the rows of two streams by key within 50 ms, about one partner a row.";
    public bool Durable => false;
    public string BaselineName => "hand-written sorted buffers per key, one core";
    public long DefaultRows => 8_000_000;

    public Outcome Expect(long rows)
    {
        (Bid[] left, Bid[] right) = InputOf(rows);
        long count = 0, sum = 0, checksum = 0;
        ILookup<long, Bid> byKey = right.ToLookup(bid => bid.Auction);
        var sorted = byKey.ToDictionary(group => group.Key, group => group.ToArray());
        foreach (Bid bid in left)
        {
            if (!sorted.TryGetValue(bid.Auction, out Bid[]? others))
                continue;
            foreach (Bid other in others)
            {
                if (Math.Abs(other.Time - bid.Time) <= Distance)
                    Add(bid, other, ref count, ref sum, ref checksum);
            }
        }

        return new(count, sum, checksum);
    }

    public Measurement RunBaseline(long rows)
    {
        (Bid[] left, Bid[] right) = InputOf(rows);
        var lefts = new Buffer[Keys];
        var rights = new Buffer[Keys];
        long count = 0, sum = 0, checksum = 0;
        var meter = Meter.Start();
        for (int start = 0; start < left.Length; start += Bids.BatchRows)
        {
            int end = Math.Min(start + Bids.BatchRows, left.Length);
            for (int row = start; row < end; row++)
            {
                ref Buffer others = ref rights[left[row].Auction];
                others.DropBefore(left[row].Time - (2 * Distance));
                foreach (ref readonly Bid other in others.Rows)
                {
                    if (Math.Abs(other.Time - left[row].Time) <= Distance)
                        Add(left[row], other, ref count, ref sum, ref checksum);
                }

                lefts[left[row].Auction].Add(left[row]);
            }

            for (int row = start; row < end; row++)
            {
                ref Buffer others = ref lefts[right[row].Auction];
                others.DropBefore(right[row].Time - (2 * Distance));
                foreach (ref readonly Bid other in others.Rows)
                {
                    if (Math.Abs(other.Time - right[row].Time) <= Distance)
                        Add(other, right[row], ref count, ref sum, ref checksum);
                }

                rights[right[row].Auction].Add(right[row]);
            }
        }

        meter.Stop();
        return meter.Result(rows, new Outcome(count, sum, checksum));
    }

    public Measurement RunOurs(long rows)
    {
        (Bid[] left, Bid[] right) = InputOf(rows);
        var pipeline = Pipeline.Create(Name);
        var sink = new OutcomeSink<Joined<Bid, Bid>, AddPair>();
        pipeline.Read("left", Sources.Of(left)).WithEventTime(static bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(static bid => bid.Auction)
            .IntervalJoin("join", pipeline.Read("right", Sources.Of(right)).WithEventTime(static bid => bid.Time, Watermarks.Monotonic())
                .KeyBy(static bid => bid.Auction),
                Interval.Within(TimeSpan.FromMicroseconds(Distance)))
            .Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private static (Bid[] Left, Bid[] Right) InputOf(long rows)
    {
        if (_input.Rows != rows)
            _input = (rows, Bids.Generate(rows / 2, Keys, seed: 1), Bids.Generate(rows / 2, Keys, seed: 2));
        return (_input.Left, _input.Right);
    }

    private static void Add(in Bid left, in Bid right, ref long count, ref long sum, ref long checksum)
    {
        count++;
        sum += left.Price + right.Price;
        checksum += (left.Bidder * 3) + right.Bidder + left.Time - right.Time;
    }

    private readonly struct AddPair : IAdd<Joined<Bid, Bid>>
    {
        public void Add(in Joined<Bid, Bid> row, ref long count, ref long sum, ref long checksum) =>
            IntervalJoins.Add(row.Left, row.Right, ref count, ref sum, ref checksum);
    }

    private struct Buffer
    {
        private Bid[]? _rows;
        private int _start, _count;

        public readonly ReadOnlySpan<Bid> Rows => _rows.AsSpan(_start, _count);

        public void DropBefore(long time)
        {
            while (_count > 0 && _rows![_start].Time < time)
            {
                _start++;
                _count--;
            }

            if (_count == 0)
                _start = 0;
        }

        public void Add(in Bid bid)
        {
            // Never looked at from the other side: what is too old goes here too.
            if (_rows is not null && _start + _count == _rows.Length)
                DropBefore(bid.Time - (2 * Distance));
            if (_rows is null)
            {
                _rows = new Bid[4];
            }
            else if (_start + _count == _rows.Length)
            {
                Bid[] target = _start > 0 ? _rows : new Bid[_rows.Length * 2];
                Array.Copy(_rows, _start, target, 0, _count);
                (_rows, _start) = (target, 0);
            }

            _rows[_start + _count++] = bid;
        }
    }
}

// sessions. Per row: count by auction (100 thousand keys) in sessions with a gap of 200 ms of event time; a million rows to the second, 5 %
// of them up to 100 ms out of order; about one session for every seven rows, put out in batches of 1,024 to a sink that reads them. One
// core, not durable on either side. Compared with a hand-written map: key, first and last time and count in a 32-byte entry, hashed and
// prefetched 256 rows ahead, a second session of a key in a list of its own, and the ends of sessions in 64 buckets of time, looked at
// again where a session has gone on.
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class Sessions : IBenchmark
{
    private const long Keys = 100_000;
    private const long Gap = 200_000;
    private const long Disorder = 100_000;

    private static (long Rows, Bid[] Bids) s_input = (0, []);
    private (long Rows, Outcome Outcome) _expected;

    public string Name => "sessions";
    public string What => "Counts 100 thousand keys in sessions with a gap of 200 ms, 5 % of the rows out of order.";
    public bool Durable => false;
    public string BaselineName => "hand-written map of sessions, one core";
    public long DefaultRows => 8_000_000;

    public Outcome Expect(long rows)
    {
        if (_expected.Rows == rows)
            return _expected.Outcome;
        var digest = new ResultDigest();
        foreach (IGrouping<long, Bid> key in Input(rows).GroupBy(bid => bid.Auction))
        {
            long start = 0, last = 0, count = 0;
            foreach (Bid bid in key.OrderBy(bid => bid.Time))
            {
                if (count > 0 && bid.Time >= last + Gap)
                {
                    digest.Add(new WindowCount(key.Key, start, count));
                    count = 0;
                }

                if (count++ == 0)
                    start = bid.Time;
                last = bid.Time;
            }

            digest.Add(new WindowCount(key.Key, start, count));
        }

        _expected = (rows, digest.Outcome);
        return digest.Outcome;
    }

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        pipeline.Read("bids", Sources.Of(Input(rows)))
            .WithEventTime(bid => bid.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(Disorder)))
            .KeyBy(bid => bid.Auction).Window("counts", Window.Session(TimeSpan.FromMicroseconds(Gap))).DropLate()
                .Aggregate(Aggregate.Of<Bid>().Count())
            .Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public Measurement RunBaseline(long rows)
    {
        Bid[] input = Input(rows);
        using var table = new SessionTable(Keys);
        var meter = Meter.Start();
        for (int start = 0; start < input.Length; start += Bids.BatchRows)
            table.Add(input.AsSpan(start, Math.Min(Bids.BatchRows, input.Length - start)));
        table.Close(long.MaxValue);
        meter.Stop();
        return meter.Result(rows, table.Outcome);
    }

    private static Bid[] Input(long rows)
    {
        if (s_input.Rows == rows)
            return s_input.Bids;
        Bid[] bids = Bids.Generate(rows, Keys);
        var random = new Random(5);
        foreach (ref Bid bid in bids.AsSpan())
        {
            if (random.Next(20) == 0)
                bid.Time -= random.Next((int)Disorder);
        }

        s_input = (rows, bids);
        return bids;
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Entry
    {
        public long Key, Start, Last;                   // Count 0: no session; Key of an unused entry: 0 and Start 0
        public int Count, Further;                      // Further: how many more sessions the key has beside the table
    }

    private sealed unsafe class SessionTable(long keys) : IDisposable
    {
        private const int ChunkRows = 256;
        private const long BucketMicros = Gap / 16;
        private const int Buckets = 64;
        private readonly NativeEntries<Entry> _entries = new(keys);
        private readonly List<int>[] _due = [.. Enumerable.Range(0, Buckets).Select(_ => new List<int>())];
        private readonly Dictionary<long, List<Entry>> _further = [];
        private readonly WindowCount[] _output = new WindowCount[Bids.BatchRows];
        private readonly ResultDigest _digest = new();
        private long _largest = long.MinValue, _closed = -1;
        private int _pending;

        public Outcome Outcome => _digest.Outcome;

        public void Add(ReadOnlySpan<Bid> rows)
        {
            for (; !rows.IsEmpty; rows = rows[Math.Min(ChunkRows, rows.Length)..])
            {
                Count(rows[..Math.Min(ChunkRows, rows.Length)]);
                Close(_largest - Disorder);
            }
        }

        private void Count(ReadOnlySpan<Bid> rows)
        {
            Entry* entries = _entries.First;
            long mask = _entries.Mask;
            int* slots = stackalloc int[ChunkRows];
            for (int row = 0; row < rows.Length; row++)
            {
                slots[row] = (int)NativeEntries<Entry>.SlotOf(rows[row].Auction, _entries.Shift);
                if (Sse.IsSupported) Sse.Prefetch0(entries + slots[row]);
            }

            for (int row = 0; row < rows.Length; row++)
            {
                long key = rows[row].Auction, time = rows[row].Time, slot = slots[row];
                _largest = Math.Max(_largest, time);
                Entry* entry = entries + slot;
                while (entry->Key != key && entry->Start != 0)
                {
                    slot = (slot + 1) & mask;
                    entry = entries + slot;
                }

                if (entry->Count != 0 && entry->Further == 0 && time < entry->Last + Gap && time + Gap > entry->Start)
                {
                    entry->Start = Math.Min(entry->Start, time);
                    entry->Last = Math.Max(entry->Last, time);
                    entry->Count++;
                }
                else
                {
                    Open(entry, (int)slot, key, time);
                }
            }
        }

        private void Open(Entry* entry, int slot, long key, long time)
        {
            var session = new Entry { Key = key, Start = time, Last = time, Count = 1 };
            if (entry->Count != 0)
            {
                // All other sessions of the key, merged into this one if they overlap.
                Entry held = *entry;
                List<Entry>? others = held.Further == 0 ? null : _further[key];
                for (int at = (others?.Count ?? 0) - 1; at >= 0; at--)
                    if (Join(ref session, others![at])) others.RemoveAt(at);
                if (!Join(ref session, held))
                {
                    if (others is null && !_further.TryGetValue(key, out others)) _further.Add(key, others = []);
                    bool isLater = session.Start > held.Start;
                    others.Add(isLater ? held : session);
                    Note(session.Last, slot);
                    session = isLater ? session : held;
                }

                session.Further = others?.Count ?? 0;
                *entry = session;
                return;
            }

            *entry = session;
            Note(time, slot);
        }

        private static bool Join(ref Entry session, in Entry other)
        {
            if (session.Start >= other.Last + Gap || other.Start >= session.Last + Gap) return false;
            session.Start = Math.Min(session.Start, other.Start);
            session.Last = Math.Max(session.Last, other.Last);
            session.Count += other.Count;
            return true;
        }

        private void Note(long last, int slot) => _due[(int)(Math.Max(_closed + 1, (last + Gap) / BucketMicros) % Buckets)].Add(slot);

        /// <summary>Emits what is complete: whole buckets only, so a session may wait for an eighth of its gap.</summary>
        public void Close(long watermark)
        {
            long end = watermark == long.MaxValue ? ((_largest + Gap) / BucketMicros) + 1 : (watermark / BucketMicros) - 1;
            if (_closed < 0) _closed = Math.Min(end, (_largest - Disorder) / BucketMicros) - 1;
            for (; _closed < end; _closed++)
            {
                List<int> due = _due[(int)((_closed + 1) % Buckets)];
                int count = due.Count;
                long complete = (_closed + 2) * BucketMicros;
                for (int at = 0; at < count; at++)
                {
                    if (Sse.IsSupported && at + 16 < count) Sse.Prefetch0(_entries.First + due[at + 16]);
                    Look(due[at], complete, _closed + 2);
                }
                due.RemoveRange(0, count);
            }
            if (watermark != long.MaxValue) return;
            _digest.Add(_output.AsSpan(0, _pending));
            _pending = 0;
        }

        private void Look(int slot, long complete, long next)
        {
            Entry* entry = _entries.First + slot;
            if (entry->Further > 0)
            {
                List<Entry> others = _further[entry->Key];
                for (int at = others.Count - 1; at >= 0; at--)
                {
                    if (others[at].Last + Gap > complete) continue;
                    Put(others[at]);
                    others.RemoveAt(at);
                }
                entry->Further = others.Count;
            }

            if (entry->Count == 0) return;
            if (entry->Last + Gap <= complete && entry->Further == 0)
            {
                Put(*entry);
                entry->Count = 0;
                return;
            }
            _due[(int)(Math.Max(next, (entry->Last + Gap) / BucketMicros) % Buckets)].Add(slot);
        }

        private void Put(in Entry session)
        {
            _output[_pending++] = new WindowCount(session.Key, session.Start, session.Count);
            if (_pending < _output.Length) return;
            _digest.Add(_output);
            _pending = 0;
        }

        public void Dispose() => _entries.Dispose();
    }
}

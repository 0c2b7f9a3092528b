// colliding-keys, colliding-texts. Per row: count by key in tumbling one-second windows of event time. The hundred thousand keys are
// crafted: without a seed, the hashes of all of them begin with the same bits, so that they would fall into one place of one shard.
// Compared with the same pipeline over as many random keys; the seed of the job makes the two alike. One core, not durable.
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class CollidingKeys<TKey>(string name, string what, Func<int, bool, TKey[]> keysOf) : IBenchmark
{
    private const int Keys = 100_000;

    private TKey[]? _crafted, _random;

    public string Name => name;
    public string What => what;
    public bool Durable => false;
    public string BaselineName => "itself with random keys";
    public long DefaultRows => 4_000_000;

    public Outcome Expect(long rows) => Model.TumblingCounts([Bids.Of(rows, Keys)], Keys);

    public Measurement RunOurs(long rows) => Run(rows, _crafted ??= keysOf(Keys, true));

    public Measurement RunBaseline(long rows) => Run(rows, _random ??= keysOf(Keys, false));

    private Measurement Run(long rows, TKey[] keys)
    {
        Bid[] input = Bids.Of(rows, Keys);
        var pipeline = Pipeline.Create(Name);
        var sink = new Sink();
        pipeline.Read("bids", Sources.Of(input))
            .WithEventTime(bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(bid => keys[bid.Auction])
            .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(1))).DropLate()
            .Aggregate(Aggregate.Of<Bid>().Count().And(all => all.Max(bid => bid.Auction)))
            .Write("results", sink);
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    private sealed class Sink : DigestSink<WindowResult<TKey, (long Count, long? Auction)>>
    {
        protected override SinkWriter<WindowResult<TKey, (long Count, long? Auction)>> Open(ResultDigest digest) => new Writer(digest);

        private sealed class Writer(ResultDigest digest) : SinkWriter<WindowResult<TKey, (long Count, long? Auction)>>
        {
            public override void Write(in Chunk<WindowResult<TKey, (long Count, long? Auction)>> chunk)
            {
                foreach (ref readonly WindowResult<TKey, (long Count, long? Auction)> result in chunk.Rows)
                    digest.Add(new WindowCount(result.Result.Auction!.Value, result.Window.Start, result.Result.Count));
            }
        }
    }
}

/// <summary>Keys whose hashes collide when they have no seed, made from nothing but what the hash is known to be.</summary>
internal static class CraftedKeys
{
    private const ulong GoldenRatio = 0x9E37_79B9_7F4A_7C15;
    private const int CommonTextBits = 10;

    /// <summary>The hash of a number n is (n ^ n >> 32) × the golden ratio: both steps can be undone, so keys are made from the hashes
    /// that they shall have.</summary>
    public static long[] Numbers(int count, bool collide)
    {
        var random = new Random(7);
        ulong inverse = GoldenRatio;        // Newton: each step doubles the bits that are right
        for (int i = 0; i < 5; i++)
            inverse *= 2 - (GoldenRatio * inverse);
        return [.. Enumerable.Range(0, count).Select(number =>
        {
            if (!collide)
                return random.NextInt64(long.MinValue, long.MaxValue);
            ulong folded = ((0x123UL << 40) + (ulong)number) * inverse;
            return (long)(folded ^ (folded >> 32));
        })];
    }

    /// <summary>The hash of a text cannot be undone: of many texts, those are taken whose hashes begin with zeros.</summary>
    public static string[] Texts(int count, bool collide)
    {
        var texts = new List<string>(count);
        for (int number = 0; texts.Count < count; number++)
        {
            string text = number.ToString("x12", System.Globalization.CultureInfo.InvariantCulture);
            if (!collide || HashOf(text) >> (64 - CommonTextBits) == 0)
                texts.Add(text);
        }

        return [.. texts];
    }

    private static ulong HashOf(string text)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(text.AsSpan());
        ulong hash = GoldenRatio ^ ((ulong)bytes.Length * 0xC2B2_AE3D_27D4_EB4FUL);
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        hash = Fold(hash);                  // twelve characters: nothing is left over
        return (hash ^ (hash >> 32)) * GoldenRatio;
    }

    private static ulong Fold(ulong value)
    {
        ulong high = Math.BigMul(value, 0xA24B_AED4_963E_E407UL, out ulong low);
        return high ^ low ^ value;
    }
}

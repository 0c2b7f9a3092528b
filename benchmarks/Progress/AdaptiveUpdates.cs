// watermarks. Per row: take its event time into the partition's watermark, in runs of 256, stopping at every second of event time, as a
// source does. Rows come about 1 ms apart and out of order by up to 1 s, one in a thousand by up to 10 s. Ours: the adaptive watermark,
// which learns how late rows are, bounded by 10 s. One core, not durable. Compared with the watermark of a fixed bound over the same rows.
// The share of rows behind it is a note.
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Benchmarks.Progress;

internal sealed class AdaptiveUpdates : IBenchmark
{
    private const int Run = 256;
    private const long Second = 1_000_000;
    private const long Late = 10 * Second;

    private long[] _times = [];

    public string Name => "watermarks";
    public string What => "Takes event times into an adaptive watermark.";
    public bool Durable => false;
    public string BaselineName => "the watermark of a fixed bound";
    public long DefaultRows => 8_388_608;

    public Outcome Expect(long rows)
    {
        if (_times.Length != rows)
            _times = Generate((int)rows);
        return new Outcome(rows, _times.Max(), 0);
    }

    public Measurement RunBaseline(long rows) => Measure(Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(10)), rows);

    public Measurement RunOurs(long rows) =>
        Measure(Watermarks.Adaptive(0.999, new AdaptiveOptions { MaximumDelay = TimeSpan.FromSeconds(10) }), rows);

    private Measurement Measure(WatermarkStrategy strategy, long rows)
    {
        PartitionWatermark<long> watermark = strategy.Begin<long>();
        var meter = Meter.Start();
        long taken = 0, stopAt = long.MinValue + 1;
        for (int at = 0; at < _times.Length;)
        {
            ReadOnlySpan<long> run = _times.AsSpan(at, Math.Min(Run, _times.Length - at));
            int count = watermark.Advance(run, run, stopAt, out _);
            (at, taken) = (at + count, taken + count);
            if (watermark.Value >= stopAt)
                stopAt = (EventTime.FloorDiv(watermark.Value, Second) + 1) * Second;
        }

        meter.Stop();
        return meter.Result(rows,
            new Outcome(taken, watermark.MaxTime, 0)) with
        {
            Notes = [new("behind %", watermark.Late * 100.0 / rows),
            new("delay s", watermark.Delay!.Value / (double)Second)]
        };
    }

    private static long[] Generate(int rows)
    {
        var random = new Random(7);
        var times = new long[rows];
        for (int row = 0; row < rows; row++)
            times[row] = (row * 1000L) - random.NextInt64(random.Next(1000) == 0 ? Late : Second);
        return times;
    }
}

// sketches. Per row: one update of a HyperLogLog (values all different), of a Space-Saving summary with 1,000 counters (values of which few
// are frequent) and of a quantile sketch with an error of 1 % (numbers over six powers of ten), each by its aggregate and through the
// selector of a row, as an operator folds it: three updates a row, counted as three rows. One core, not durable on either side. Compared
// with the exact answers: a hash set, a dictionary of counts, a sorted array. Speed, bytes and error of each sketch are notes.
using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorStreams.Authoring;
using ActorStreams.Benchmarks.Harness;

namespace ActorStreams.Benchmarks.Sketches;

internal sealed class SketchUpdates : IBenchmark
{
    private const int Counters = 1_000;
    private const int Updates = 3;
    private const double RelativeError = 0.01;
    private static readonly double[] s_shares = [0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999];

    private Sample[] _rows = [];
    private Dictionary<long, long> _counts = [];
    private double[] _sorted = [];

    public string Name => "sketches";
    public string What => "Updates a HyperLogLog, a Space-Saving summary and a quantile sketch, three updates a row.";
    public bool Durable => false;
    public string BaselineName => "hash set, dictionary and sorted array: exact";
    public long DefaultRows => 4_194_304;

    /// <summary>All updates made, and every answer within its bound.</summary>
    public Outcome Expect(long rows)
    {
        if (_rows.Length != rows)
        {
            _rows = Generate((int)rows);
            _counts = _rows.CountBy(row => row.Item).ToDictionary(one => one.Key, one => (long)one.Value);
            _sorted = [.. _rows.Select(row => row.Number).Order()];
        }

        return new Outcome(rows * Updates, Updates, 0);
    }

    public Measurement RunBaseline(long rows)
    {
        var meter = Meter.Start();
        var set = new HashSet<long>();
        foreach (ref readonly Sample row in _rows.AsSpan()) set.Add(row.Id);
        var counts = new Dictionary<long, long>();
        foreach (ref readonly Sample row in _rows.AsSpan()) CollectionsMarshal.GetValueRefOrAddDefault(counts, row.Item, out _)++;
        var numbers = new List<double>();
        foreach (ref readonly Sample row in _rows.AsSpan()) numbers.Add(row.Number);
        numbers.Sort();
        meter.Stop();
        int right = (set.Count == _rows.Length ? 1 : 0) + (counts.Count == _counts.Count ? 1 : 0) + (numbers[^1] == _sorted[^1] ? 1 : 0);
        return meter.Result(rows * Updates, new Outcome(rows * Updates, right, 0));
    }

    public Measurement RunOurs(long rows)
    {
        AggregateStart<Sample> samples = Aggregate.Of<Sample>();
        var meter = Meter.Start();
        HyperLogLog distinct = Fold(samples.ApproximateDistinctCount(row => row.Id), out double distinctRate);
        SpaceSaving<long> frequent = Fold(samples.HeavyHitters(10, row => row.Item, Counters), out double frequentRate);
        QuantileSketch quantiles = Fold(samples.Quantiles(row => row.Number, RelativeError), out double quantileRate);
        meter.Stop();

        double distinctError = Math.Abs((distinct.Estimate() / rows) - 1);
        double frequentError = frequent.Top(Counters).Max(hit => (hit.Count - _counts[hit.Item]) / (double)rows);
        double quantileError = s_shares.Max(share => Math.Abs((quantiles.At(share)!.Value / _sorted[(int)(share * (rows - 1))]) - 1));
        int right = (distinctError < 0.05 ? 1 : 0) + (frequentError <= 1.0 / Counters ? 1 : 0) + (quantileError <= RelativeError ? 1 : 0);
        return meter.Result(rows * Updates, new Outcome(rows * Updates, right, 0)) with
        {
            Notes =
            [
                new("floor M/s", 30), new("HyperLogLog M/s", distinctRate), new("bytes", distinct.SizeBytes),
                    new("error %", distinctError * 100),
                new("Space-Saving M/s", frequentRate), new("bytes ", Counters * (3 * sizeof(long))), new("error % ", frequentError * 100),
                new("quantiles M/s", quantileRate), new("bytes  ", quantiles.SizeBytes), new("error %  ", quantileError * 100),
            ],
        };
    }

    private HyperLogLog Fold(Aggregate<Sample, long> aggregate, out double rate) =>
        Fold((Aggregate<Sample, ApproximateDistinctCountOf<Sample, long>, HyperLogLog, long>)aggregate, out rate);

    private SpaceSaving<long> Fold(Aggregate<Sample, IReadOnlyList<HeavyHitter<long>>> aggregate, out double rate) =>
        Fold((Aggregate<Sample, HeavyHittersOf<Sample, long>, SpaceSaving<long>, IReadOnlyList<HeavyHitter<long>>>)aggregate, out rate);

    private QuantileSketch Fold(Aggregate<Sample, QuantileSketch> aggregate, out double rate) =>
        Fold((Aggregate<Sample, QuantilesOf<Sample>, QuantileSketch, QuantileSketch>)aggregate, out rate);

    private TAcc Fold<TAgg, TAcc, TOut>(Aggregate<Sample, TAgg, TAcc, TOut> aggregate, out double millionRowsPerSecond)
        where TAgg : struct, IAggregator<Sample, TAcc, TOut>
    {
        long started = Stopwatch.GetTimestamp();
        TAgg aggregator = aggregate.Aggregator;
        TAcc accumulator = default!;
        for (int start = 0; start < _rows.Length; start += 1024)
            Fold<TAgg, TAcc, TOut>(aggregator, ref accumulator, _rows.AsSpan(start, Math.Min(1024, _rows.Length - start)));
        millionRowsPerSecond = _rows.Length / Stopwatch.GetElapsedTime(started).TotalSeconds / 1e6;
        return accumulator;
    }

    private static void Fold<TAgg, TAcc, TOut>(TAgg aggregator, ref TAcc accumulator, ReadOnlySpan<Sample> rows)
        where TAgg : struct, IAggregator<Sample, TAcc, TOut>
    {
        foreach (ref readonly Sample row in rows) aggregator.Add(ref accumulator, row);
    }

    private static Sample[] Generate(int rows)
    {
        var random = new Random(1);
        var samples = new Sample[rows];
        for (int row = 0; row < rows; row++)
            samples[row] = new Sample(row, (long)Math.Pow(100_000, random.NextDouble()), Math.Pow(10, random.NextDouble() * 6));
        return samples;
    }

    private readonly record struct Sample(long Id, long Item, double Number);
}

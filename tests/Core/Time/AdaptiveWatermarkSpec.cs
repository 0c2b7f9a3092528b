using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Core.Tests.Time;

/// <summary>How close the adaptive watermark comes to the completeness it aims at, and what it pays for it.</summary>
public sealed class AdaptiveWatermarkSpec
{
    private const int Rows = 250_000;
    private const int Learning = 100_000;
    private const long Second = 1_000_000;
    private static readonly AdaptiveOptions s_wide = new() { MaximumDelay = TimeSpan.FromHours(6) };

    public static TheoryData<string, int> Distributions
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string kind in (string[])["none", "uniform", "exponential", "log-normal", "heavy tail", "two paths"])
            {
                data.Add(kind, 1);
                data.Add(kind, 2);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Almost_all_rows_come_in_time_and_the_delay_is_not_much_longer_than_needed(string kind, int seed)
    {
        var random = new Random(seed);
        var watermark = new AdaptiveWatermark<long>(AdaptiveSettings.Of(0.999, s_wide));
        long[] times = Times(random, Rows, _ => kind);
        Feed(watermark, times.AsSpan(0, Learning));
        long before = watermark.Late;
        Feed(watermark, times.AsSpan(Learning));

        double completeness = 1 - ((double)(watermark.Late - before) / (Rows - Learning));
        Assert.True(completeness is >= 0.9987, $"{kind}, seed {seed}: {completeness:P3}, delay {watermark.Delay}.");

        // In hindsight: the delay with which all but one in a thousand, or one in five thousand, would have been in time.
        long[] lateness = Lateness(times);
        Assert.True(watermark.Delay <= (1.1 * lateness[Rows - 1 - (Rows / 5000)]) + 1,
            $"{kind}, seed {seed}: delay {watermark.Delay}, 99.98 % come within {lateness[Rows - 1 - (Rows / 5000)]}.");
        Assert.True(watermark.Delay >= 0.7 * lateness[Rows - 1 - (Rows / 500)],
            $"{kind}, seed {seed}: delay {watermark.Delay}, 99.8 % come within {lateness[Rows - 1 - (Rows / 500)]}.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void After_the_distribution_has_changed_the_new_one_is_learned(int seed)
    {
        var random = new Random(seed);
        var watermark = new AdaptiveWatermark<long>(AdaptiveSettings.Of(0.999, s_wide with { HalfLifeRows = 20_000 }));
        long[] times = Times(random, 3 * Rows, row => row < Rows ? "uniform" : row < 2 * Rows ? "log-normal" : "uniform");

        Feed(watermark, times.AsSpan(0, Rows));
        long short1 = watermark.Delay!.Value;
        Feed(watermark, times.AsSpan(Rows, Rows));
        long longer = watermark.Delay!.Value;
        Feed(watermark, times.AsSpan(2 * Rows));
        long short2 = watermark.Delay!.Value;

        Assert.True(longer > 3 * short1, $"Seed {seed}: {short1}, then {longer}.");
        Assert.InRange(short2, short1 * 0.8, short1 * 1.2);
        double completeness = Completeness(watermark, 3 * Rows);
        Assert.True(completeness >= 0.9985, $"Seed {seed}: {completeness:P3}.");
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.9999)]
    public void It_aims_at_what_is_asked(double aim)
    {
        var watermark = new AdaptiveWatermark<long>(AdaptiveSettings.Of(aim, s_wide));
        Feed(watermark, Times(new Random(5), Rows, _ => "exponential"));
        double completeness = Completeness(watermark, Rows);
        Assert.InRange(1 - completeness, (1 - aim) * 0.2, (1 - aim) * 1.15);
    }

    [Fact]
    public void It_stands_at_the_maximum_until_it_has_learned_and_never_outside_of_its_bounds()
    {
        var options = new AdaptiveOptions
        {
            MinimumDelay = TimeSpan.FromMilliseconds(2),
            MaximumDelay = TimeSpan.FromSeconds(1),
            WarmUpRows = 1000
        };
        var watermark = new AdaptiveWatermark<long>(AdaptiveSettings.Of(0.99, options));
        long[] times = [.. Enumerable.Range(0, 5000).Select(row => row * 10L)];
        Feed(watermark, times.AsSpan(0, 999));
        Assert.Equal(times[998] - Second, watermark.Value);
        Feed(watermark, times.AsSpan(999));
        Assert.Equal(times[^1] - 2000, watermark.Value);

        Feed(watermark, Times(new Random(1), 50_000, _ => "log-normal"));
        Assert.True(watermark.Delay <= Second);
    }

    [Fact]
    public void A_gap_of_a_year_is_no_lateness()
    {
        var watermark = new AdaptiveWatermark<long>(AdaptiveSettings.Of(0.999, s_wide));
        long[] times = Times(new Random(9), 100_000, _ => "uniform");
        Feed(watermark, times);
        long delay = watermark.Delay!.Value;
        Feed(watermark, [.. times.Select(time => time + (365L * 24 * 3600 * Second))]);
        Assert.InRange(watermark.Delay!.Value, delay * 0.8, delay * 1.2);
        Assert.True(Completeness(watermark, 200_000) >= 0.9985);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_completeness_that_cannot_be_is_refused(double completeness) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Watermarks.Adaptive(completeness));

    [Fact]
    public void Options_that_cannot_be_are_refused_by_name()
    {
        AdaptiveOptions[] wrong =
        [
            new() { MinimumDelay = TimeSpan.FromTicks(-1) }, new() { MaximumDelay = TimeSpan.FromDays(366) },
            new() { MinimumDelay = TimeSpan.FromHours(2) }, new() { WarmUpRows = -1 }, new() { HalfLifeRows = 0 },
        ];
        Assert.All(wrong,
            options => Assert.Contains(nameof(AdaptiveOptions),
            Assert.Throws<ArgumentOutOfRangeException>(() => Watermarks.Adaptive(0.9, options)).Message, StringComparison.Ordinal));
    }

    private static double Completeness(AdaptiveWatermark<long> watermark, int rows) => 1 - ((double)watermark.Late / rows);

    private static void Feed(AdaptiveWatermark<long> watermark, ReadOnlySpan<long> times)
    {
        for (int at = 0; at < times.Length; at += 256)
        {
            ReadOnlySpan<long> run = times.Slice(at, Math.Min(256, times.Length - at));
            Assert.Equal(run.Length, watermark.Advance(run, run, long.MaxValue, out _));
        }
    }

    /// <summary>One row in about 1 ms; each comes when it happened and after its delay.</summary>
    private static long[] Times(Random random, int rows, Func<int, string> kindOf)
    {
        var arrivals = new (double Arrival, long Time)[rows];
        double clock = 0;
        for (int row = 0; row < rows; row++)
        {
            clock += -1000 * Math.Log(1 - random.NextDouble());
            arrivals[row] = (clock + Delay(random, kindOf(row)), (long)clock);
        }

        Array.Sort(arrivals);
        return [.. arrivals.Select(arrival => arrival.Time)];
    }

    private static double Delay(Random random, string kind)
    {
        double u = 1 - random.NextDouble();
        return kind switch
        {
            "none" => 0,
            "uniform" => u * Second,
            "exponential" => -Math.Log(u) * Second,
            "log-normal" => Second * Math.Exp(Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * random.NextDouble())),
            "heavy tail" => 0.05 * Second / Math.Pow(u, 0.7),
            _ => random.Next(100) == 0 ? (30 * Second) + (u * Second) : u * Second / 10,
        };
    }

    private static long[] Lateness(long[] times)
    {
        long highest = long.MinValue;
        long[] lateness = [.. times.Select(time => (highest = Math.Max(highest, time)) - time)];
        Array.Sort(lateness);
        return lateness;
    }
}

using ActorStreams.Authoring;
using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Core.Tests.Time;

/// <summary>A row with a time, which may say how far its partition is complete.</summary>
public readonly record struct Sample(long Time, long? Marker = null);

/// <summary>The largest time seen every tenth row.</summary>
public record struct EveryTenth(long Highest, int Rows, long Said) : IWatermarkGenerator<Sample>
{
    public long OnRow(in Sample row, long time)
    {
        if (row.Marker == -7)
            throw new FormatException("not a sample");
        Highest = Rows == 0 ? time : Math.Max(Highest, time);
        return ++Rows % 10 == 0 ? Said = Highest : Rows < 10 ? EventTime.MinValue : Said;
    }
}

/// <summary>Watermarks of one partition, against a model that looks at one row after the other.</summary>
public sealed class PartitionWatermarkSpec
{
    private const long Year = 365L * 24 * 3600 * 1_000_000;

    public static TheoryData<string> Strategies => ["monotonic", "bounded", "punctuated", "punctuated by micros", "own", "adaptive"];

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Watermark_and_late_rows_are_the_same_however_rows_are_read_and_wherever_the_partition_is_stored_and_restored(
        string strategy)
    {
        for (int seed = 1; seed <= 25; seed++)
        {
            Sample[] rows = RandomRows(new Random(seed));
            (long[] expected, long late) = OneByOne(Of(strategy).Begin<Sample>(), rows);
            var random = new Random(seed * 31);
            for (int run = 0; run < 8; run++)
                Check($"strategy {strategy}, seed {seed}, run {run}", Of(strategy), rows, expected, late, random, restores: run % 2 == 1);
        }
    }

    [Fact]
    public void Bounded_is_the_largest_time_minus_the_bound_after_every_row() =>
        Assert.Equal([-15, -15, 0, 0, 90, Year - 10, Year - 10],
            After(Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(10)), -5, -20, 10, 10, 100, Year, 5));

    [Fact]
    public void Monotonic_is_the_largest_time_and_equal_times_are_not_late()
    {
        PartitionWatermark<Sample> watermark = Watermarks.Monotonic().Begin<Sample>();
        Assert.Equal([-5, -5, 3, 3, 3], AfterEach(watermark, [new(-5), new(-5), new(3), new(3), new(2)]));
        Assert.Equal(1, watermark.Late);
    }

    [Fact]
    public void The_ends_of_time_do_not_wrap_around() =>
        Assert.Equal([EventTime.MinValue, EventTime.MaxValue - 10],
            After(Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(10)), EventTime.MinValue + 3, EventTime.MaxValue));

    [Fact]
    public void Only_marker_rows_move_a_punctuated_watermark_and_never_back()
    {
        PartitionWatermark<Sample> watermark = Watermarks.Punctuated<Sample>(row => row.Marker).Begin<Sample>();
        Assert.Equal([EventTime.MinValue, 7, 7, 7, 8], AfterEach(watermark, [new(50), new(1, 7), new(60), new(3, 5), new(9, 8)]));
        Assert.Equal(1, watermark.Late);
    }

    [Fact]
    public void A_row_on_which_the_generator_throws_is_named_and_the_next_ones_go_on()
    {
        PartitionWatermark<Sample> watermark = Watermarks.Of<Sample, EveryTenth>(default).Begin<Sample>();
        Sample[] rows = [new(1), new(2), new(3, -7), new(4)];
        int taken = watermark.Advance(rows, Times(rows), long.MaxValue, out Exception? error);
        Assert.Equal(2, taken);
        Assert.IsType<FormatException>(error);
        Assert.Equal(1, watermark.Advance(rows.AsSpan(3), Times(rows).AsSpan(3), long.MaxValue, out error));
        Assert.Null(error);
    }

    [Fact]
    public void What_the_source_declares_is_the_watermark_and_rows_behind_it_are_counted()
    {
        PartitionWatermark<Sample> watermark = Watermarks.FromSource().Begin<Sample>();
        Assert.Equal([EventTime.MinValue, EventTime.MinValue], AfterEach(watermark, [new(5), new(90)]));
        watermark.Declare(50);
        watermark.Declare(40);
        Assert.Equal([50, 50], AfterEach(watermark, [new(49), new(50)]));
        Assert.Equal(1, watermark.Late);
    }

    [Fact]
    public void State_of_another_strategy_is_not_mistaken_for_ones_own()
    {
        byte[] adaptive = Of("adaptive").Begin<Sample>().Save()!;
        PartitionWatermark<Sample> own = Of("own").Begin<Sample>();
        own.Restore(100, 120, 3, adaptive);
        Assert.Equal((100, 3), (own.Value, own.Late));
        PartitionWatermark<Sample> bounded = Of("bounded").Begin<Sample>();
        bounded.Restore(100, 120, 3, adaptive);
        Assert.Equal([100, 101], AfterEach(bounded, [new(121), new(131)]));
    }

    [Fact]
    public void Damaged_state_is_an_error_and_not_a_guess()
    {
        byte[] state = Of("adaptive").Begin<Sample>().Save()!;
        Assert.Throws<CodecException>(() => Of("adaptive").Begin<Sample>().Restore(0, 0, 0, state[..5]));
    }

    [Fact]
    public void A_strategy_for_other_rows_says_which() =>
        Assert.Contains("System.String",
            Assert.Throws<PipelineException>(() => Watermarks.Punctuated<string>(_ => (long?)0).Begin<Sample>()).Message,
            StringComparison.Ordinal);

    private static WatermarkStrategy Of(string strategy) => strategy switch
    {
        "monotonic" => Watermarks.Monotonic(),
        "bounded" => Watermarks.BoundedOutOfOrderness(TimeSpan.FromMicroseconds(30)),
        "punctuated" => Watermarks.Punctuated<Sample>(row => row.Marker is { } marker ? EventTime.ToDateTimeOffset(marker) : null),
        "punctuated by micros" => Watermarks.Punctuated<Sample>(row => row.Marker),
        "own" => Watermarks.Of<Sample, EveryTenth>(default),
        _ => Watermarks.Adaptive(0.9,
            new AdaptiveOptions { MaximumDelay = TimeSpan.FromMicroseconds(200), WarmUpRows = 300, HalfLifeRows = 600 }),
    };

    /// <summary>In runs of any length, stopping at steps of 16, as a reader does.</summary>
    private static void Check(string run, WatermarkStrategy strategy, Sample[] rows, long[] expected, long late, Random random,
        bool restores)
    {
        PartitionWatermark<Sample> watermark = strategy.Begin<Sample>();
        long stopAt = EventTime.MinValue + 1;
        int at = 0;
        while (at < rows.Length)
        {
            int length = Math.Min(random.Next(1, 300), rows.Length - at);
            int taken = watermark.Advance(rows.AsSpan(at, length), Times(rows).AsSpan(at, length), stopAt, out Exception? error);
            Assert.Null(error);
            int firstToStop = Array.FindIndex(expected, at, length, value => value >= stopAt);
            Assert.True(taken == (firstToStop < 0 ? length : firstToStop - at + 1),
                $"{run}: row {at}, {taken} taken of {length}, first to stop at {firstToStop}.");
            at += taken;
            Assert.True(expected[at - 1] == watermark.Value,
                $"{run}: after row {at} the watermark is {watermark.Value}, not {expected[at - 1]}.");
            if (watermark.Value >= stopAt)
                stopAt = ((watermark.Value >> 4) + 1) << 4;
            if (restores && random.Next(4) == 0)
            {
                PartitionWatermark<Sample> restored = strategy.Begin<Sample>();
                restored.Restore(watermark.Value, watermark.MaxTime, watermark.Late, watermark.Save());
                watermark = restored;
            }
        }

        Assert.True(late == watermark.Late, $"{run}: {watermark.Late} late rows, not {late}.");
    }

    private static (long[] Watermarks, long Late) OneByOne(PartitionWatermark<Sample> watermark, Sample[] rows)
    {
        long late = 0;
        var after = new long[rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            late += rows[row].Time < watermark.Value ? 1 : 0;
            after[row] = AfterEach(watermark, [rows[row]])[0];
        }

        return (after, late);
    }

    private static long[] After(WatermarkStrategy strategy, params long[] times) =>
        AfterEach(strategy.Begin<Sample>(), [.. times.Select(time => new Sample(time))]);

    private static long[] AfterEach(PartitionWatermark<Sample> watermark, Sample[] rows) => [.. rows.Select(row =>
    {
        Assert.Equal(1, watermark.Advance([row], [row.Time], long.MaxValue, out _));
        return watermark.Value;
    })];

    private static long[] Times(Sample[] rows) => [.. rows.Select(row => row.Time)];

    private static Sample[] RandomRows(Random random)
    {
        var rows = new Sample[1500];
        long clock = random.Next(2) == 0 ? -3000 : 3000;
        bool isSorted = random.Next(3) == 0;
        for (int row = 0; row < rows.Length; row++)
        {
            clock += random.Next(100) == 0 ? 5000 : random.Next(5);
            long time = isSorted ? clock : clock - random.Next(random.Next(20) == 0 ? 100 : 10);
            rows[row] = new Sample(time, random.Next(9) == 0 ? clock - 20 : null);
        }

        return rows;
    }
}

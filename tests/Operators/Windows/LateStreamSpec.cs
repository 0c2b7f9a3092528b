using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Progress;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Late rows as a stream to work on with: it has the watermark of the operator's results, whichever operator that is.</summary>
public sealed class LateStreamSpec
{
    private static readonly TimeSpan s_tenSeconds = TimeSpan.FromSeconds(10);

    /// <summary>All operators that give late rows: in each two rows of the first ten seconds are late once the watermark is a minute
    /// further.</summary>
    private static readonly Dictionary<string, Func<Stream<(string Key, long Value)>, Output>> s_kinds = new(
        EveryPathSpec.All.Select(path => KeyValuePair.Create(path.Key, Windowed(rows => path.Value(rows, null)))))
    {
        ["the user's own windows"] = Windowed(rows => rows.Window("w", new Own(merges: false))),
        ["the user's own windows, merging"] = Windowed(rows => rows.Window("w", new Own(merges: true))),
        ["retracting"] = rows =>
        {
            var results = rows.KeyBy(row => row.Key).Window("w", Window.Tumbling(s_tenSeconds))
                .LateTo(out Stream<(string Key, long Value)> late).Retracting()
                .Aggregate(Aggregate.Of<(string Key, long Value)>().Count());
            return new Output(results.Map(_ => "main"), late);
        },
        ["all rows"] = rows =>
        {
            var results = rows.WindowAll("w", Window.Tumbling(s_tenSeconds)).LateTo(out Stream<(string Key, long Value)> late)
                .Aggregate(Aggregate.Of<(string Key, long Value)>().Count());
            return new Output(results.Map(_ => "main"), late);
        },
        ["per key"] = rows =>
        {
            var results = rows.KeyBy(row => row.Key).WithKeyWatermarks(TimeSpan.Zero).Window("w", Window.Tumbling(s_tenSeconds))
                .LateTo(out Stream<(string Key, long Value)> late)
                .Aggregate(Aggregate.Of<(string Key, long Value)>().Count());
            return new Output(results.Map(_ => "main"), late);
        },
        ["over"] = rows =>
        {
            var results = rows.KeyBy(row => row.Key).Over("w", Frames.Range(s_tenSeconds)).LateTo(out Stream<(string Key, long Value)> late)
                .Aggregate(Aggregate.Of<(string Key, long Value)>().Count());
            return new Output(results.Map(_ => "main"), late);
        },
        ["pattern"] = rows =>
        {
            var matches = rows.KeyBy(row => row.Key).Match("w", Pattern.Begin<(string Key, long Value)>("any"))
                .LateTo(out Stream<(string Key, long Value)> late).Select(_ => "main");
            return new Output(matches, late);
        },
    };

    public static TheoryData<string> AllKinds => [.. s_kinds.Keys];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task A_window_of_late_rows_completes_with_the_watermark_also_after_a_restart(string kind)
    {
        var source = new TestSource<(string Key, long Value)>();
        var counts = new TestSink<string>();
        await using StreamTest test = await StartAsync(kind, source, output => Corrections(output.Late).Write("counts", counts));
        FeedLateRows(source, test);
        Assert.Empty(counts.Rows);
        test.Commit();
        test.CrashAndRestore();
        source.Watermark("12:01:39.999");
        test.RunUntilIdle();
        Assert.Empty(counts.Rows);
        source.Watermark("12:01:40");
        test.RunUntilIdle();
        Assert.Equal(["a 00 2"], counts.Rows);
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task A_window_of_late_rows_completes_at_the_end_of_the_input(string kind)
    {
        var source = new TestSource<(string Key, long Value)>();
        var counts = new TestSink<string>();
        await using StreamTest test = await StartAsync(kind, source, output => Corrections(output.Late).Write("counts", counts));
        FeedLateRows(source, test);
        source.Complete();
        test.RunUntilIdle();
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
        Assert.Equal(["a 00 2"], counts.Rows);
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task Late_rows_do_not_hold_back_what_they_are_united_with_and_are_late_there_too(string kind)
    {
        var source = new TestSource<(string Key, long Value)>();
        var results = new TestSink<string>();
        var counts = new TestSink<long>();
        await using StreamTest test = await StartAsync(kind, source, output =>
        {
            output.Results.Write("results", results);
            output.Results.Union(output.Late.Map(_ => "late")).KeyBy(_ => 0).Window("both", Window.Tumbling(s_tenSeconds))
                .Aggregate(Aggregate.Of<string>().Count())
                .Map(result => result.Result).Write("counts", counts);
        });
        FeedLateRows(source, test);
        source.Watermark("12:01:40");
        test.RunUntilIdle();
        Assert.NotEmpty(results.Rows);
        Assert.Equal(results.Rows.Count, counts.Rows.Sum());
        source.Complete();
        test.RunUntilIdle();
        Assert.Equal(results.Rows.Count, counts.Rows.Sum());
        Assert.All(test.ReadTable("dead_letters"), letter => Assert.Equal(("both", "late"), (letter[1], letter[3])));
        Assert.Equal(2, test.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task Late_rows_of_a_silent_source_do_not_hold_back_the_rows_of_another_one()
    {
        var silent = new FedSource();
        var other = new FedSource();
        TestSink<WindowCount> counts = Counting.Sink();
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                pipeline.Read("silent", silent).WithEventTime(row => row.Time, Watermarks.Monotonic().WithIdleness(TimeSpan.FromSeconds(5)))
                    .KeyBy(row => row.Key)
                    .Window("w", Window.Tumbling(s_tenSeconds)).LateTo(out Stream<Event> late).Aggregate(Aggregate.Of<Event>().Count())
                        .Write("results", new TestSink<WindowCount>());
                late.Union(pipeline.Read("other", other).WithEventTime(row => row.Time, Watermarks.Monotonic())).CountInto(counts);
            },
            Counting.Options(2));
        silent.Add(0, Counting.At(25));
        other.Add(0, Counting.At(1), Counting.At(15), Counting.At(29), Counting.At(41));
        test.RunUntilIdle();
        Assert.Equal(["a 0 1", "a 10 1"], counts.Shown());
        test.AdvanceTime(TimeSpan.FromSeconds(6));
        Assert.Equal(["a 0 1", "a 10 1", "a 20 1"], counts.Shown());
    }

    private static void FeedLateRows(TestSource<(string Key, long Value)> source, StreamTest test)
    {
        source.Element(("a", 1), at: "12:00:01").Element(("b", 2), at: "12:00:02").Watermark("12:01:00").Element(("a", 3), at: "12:01:01");
        test.RunUntilIdle();
        source.Element(("a", 7), at: "12:00:01").Element(("a", 8), at: "12:00:09").Element(("b", 4), at: "12:01:05");
        test.RunUntilIdle();
    }

    /// <summary>Late rows by their key and ten seconds, told once it is a minute and a half later.</summary>
    private static Stream<string> Corrections(Stream<(string Key, long Value)> late) => late.KeyBy(row => row.Key)
        .Window("again", Window.Tumbling(s_tenSeconds)).AllowedLateness(TimeSpan.FromSeconds(90)).EmitOnClose()
            .Aggregate(Aggregate.Of<(string Key, long Value)>().Count())
        .Map(result => $"{result.Key} {result.Window.StartTime:ss} {result.Result}");

    private static Task<StreamTest> StartAsync(string kind, TestSource<(string Key, long Value)> source, Action<Output> use) =>
        StreamTest.StartAsync(
        pipeline => use(s_kinds[kind](pipeline.Read("rows", source))),
        new JobOptions { Parallelism = 2, Shards = 8, EpochInterval = TimeSpan.FromDays(1) });

    private static Func<Stream<(string Key, long Value)>, Output> Windowed(
        Func<KeyedStream<string, (string Key, long Value)>, WindowedStream<string, (string Key, long Value)>> windows) => rows =>
    {
        Stream<WindowCount> results = windows(rows.KeyBy(row => row.Key)).LateTo(out Stream<(string Key, long Value)> late)
            .Aggregate(Aggregate.Of<(string Key, long Value)>().Count());
        return new Output(results.Map(_ => "main"), late);
    };

    private sealed record Output(Stream<string> Results, Stream<(string Key, long Value)> Late);

    private sealed class Own(bool merges) : WindowAssigner<(string Key, long Value)>
    {
        public override bool Merges => merges;

        public override string Definition => "ten seconds from the row on";

        public override void Assign(in (string Key, long Value) row, long time, ICollection<Window> windows) =>
            windows.Add(new Window(time, time + 10_000_000));
    }
}

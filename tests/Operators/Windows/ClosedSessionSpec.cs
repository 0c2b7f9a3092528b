using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>A session whose trigger has finished stays closed until it expires: with a gap of 10 seconds and an allowed lateness of
/// 50.</summary>
[Trait("Issue", "A7")]
public sealed class ClosedSessionSpec
{
    public static TheoryData<string> Finishing => ["on time", "on time after early ones", "after one row", "one after the other",
        "first of two", "until"];

    [Theory]
    [MemberData(nameof(Finishing))]
    public async Task A_row_for_a_closed_session_is_dropped_and_counted_and_one_that_goes_beyond_opens_a_new_one(string trigger)
    {
        foreach (bool ownWindows in (bool[])[false, true])
        {
            foreach (bool crashes in (bool[])[false, true])
            {
                await using Run run = await Run.StartAsync(rows => Sessions(rows, ownWindows).Trigger(TriggerOf(trigger))
                    .AllowedLateness(TimeSpan.FromSeconds(50)).Aggregate(Aggregate.Of<int>().Count()).Map(Text));
                run.Source.Element(1, At(1)).Watermark(At(15));
                run.Sink.ShouldEmit("1-11: 1 last");
                run.Pause(crashes);
                run.Source.Element(1, At(1));
                run.Sink.ShouldEmit("");
                Assert.Equal((1, 0), run.Dropped);

                // A row that goes beyond the closed session opens one, which takes in what would be for the closed one; if it is not
                // closed at once.
                run.Source.Element(1, At(8));
                run.Pause(crashes);
                run.Source.Element(1, At(1)).Watermark(At(18));
                Assert.Equal((string.Equals(trigger, "after one row", StringComparison.Ordinal) ? 2 : 1, 0), run.Dropped);

                // Once it has expired its rows are late.
                run.Source.Watermark(At(90)).Element(1, At(1));
                Assert.Equal(1, run.Dropped.Late);
            }
        }
    }

    [Fact]
    public async Task A_row_within_a_closed_session_of_several_rows_does_not_open_a_part_of_it()
    {
        await using Run run = await Run.StartAsync(rows => Sessions(rows, false).Trigger(Trigger.AfterWatermark())
            .AllowedLateness(TimeSpan.FromSeconds(50)).Aggregate(Aggregate.Of<int>().Count()).Map(Text));
        run.Source.Element(1, At(1)).Element(1, At(6)).Element(1, At(9)).Watermark(At(30));
        run.Sink.ShouldEmit("1-19: 3 last");
        run.Source.Element(1, At(6)).Element(1, At(2)).Element(2, At(2));
        run.Sink.ShouldEmit("2-12: 1 last");
        Assert.Equal((2, 0), run.Dropped);
    }

    [Fact]
    public async Task A_new_session_that_becomes_as_long_as_a_closed_one_takes_its_place()
    {
        await using Run run = await Run.StartAsync(rows => Sessions(rows, false).Trigger(Trigger.AfterCount(2))
            .AllowedLateness(TimeSpan.FromSeconds(50)).Aggregate(Aggregate.Of<int>().Count()).Map(Text));
        run.Source.Element(1, At(5)).Element(1, At(8));
        run.Sink.ShouldEmit("5-18: 2 last");
        run.Source.Element(1, At(10)).Element(1, At(5));
        run.Sink.ShouldEmit("5-20: 2 last");
        run.Source.Element(1, At(7));
        Assert.Equal((1, 0), run.Dropped);
        run.Source.Element(1, At(3));
        run.Pause(crashes: true);
        run.Source.Element(1, At(10));
        run.Sink.ShouldEmit("3-20: 2 last");
    }

    [Fact]
    public async Task Panes_of_a_closed_session_are_not_taken_back_by_a_new_one()
    {
        await using Run run = await Run.StartAsync(rows => Sessions(rows, false).Trigger(Trigger.AfterWatermark())
            .AllowedLateness(TimeSpan.FromSeconds(50)).Retracting().Aggregate(Aggregate.Of<int>().Count())
            .Map(change => $"{change.Weight:+0;-0} {Text(change.Row)}"));
        run.Source.Element(1, At(1)).Watermark(At(15)).Element(1, At(1)).Element(1, At(4)).Element(1, At(1));
        run.Sink.ShouldEmit("""
            +1 1-11: 1 last
            +1 4-14: 1 last
            """);
        Assert.Equal((2, 0), run.Dropped);
    }

    [Fact]
    public async Task A_key_that_was_closed_by_its_own_watermark_does_not_open_its_session_again()
    {
        await using Run run = await Run.StartAsync(rows => rows.KeyBy(row => row)
            .WithKeyWatermarks(TimeSpan.Zero, new() { IdleAfter = TimeSpan.FromSeconds(30) })
                .Window("sessions", Window.Session(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<int>().Count()).Map(result =>
                $"{Second(result.Window.Start)}-{Second(result.Window.End)}: {result.Result}"));
        run.Source.Element(1, At(1));
        run.Test.RunUntilIdle().AdvanceTime(TimeSpan.FromSeconds(31));
        run.Sink.ShouldEmit("1-11: 1");
        run.Pause(crashes: true);
        run.Source.Element(1, At(1));
        run.Test.RunUntilIdle();
        Assert.Equal(1, run.Test.Job.Metrics.Operators["sessions"]["late_dropped"]);
        run.Source.Element(1, At(3)).Element(1, At(1)).Element(1, At(60));
        run.Sink.ShouldEmit("1-13: 2");
    }

    private static WindowedStream<int, int> Sessions(Stream<int> rows, bool ownWindows) => ownWindows
        ? rows.KeyBy(row => row).Window("sessions", new OwnSessions())
        : rows.KeyBy(row => row).Window("sessions", Window.Session(TimeSpan.FromSeconds(10)));

    private static Trigger TriggerOf(string name) => name switch
    {
        "on time" => Trigger.AfterWatermark(),
        "on time after early ones" => Trigger.AfterWatermark(early: Trigger.AfterCount(3)),
        "after one row" => Trigger.AfterCount(1),
        "one after the other" => Trigger.AfterEach(Trigger.AfterWatermark()),
        "first of two" => Trigger.AfterFirst(Trigger.AfterCount(5), Trigger.AfterWatermark()),
        _ => Trigger.AfterCount(5).Repeatedly().OrFinally(Trigger.AfterWatermark()),
    };

    private static DateTimeOffset At(int second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    private static long Second(long time) => time / 1_000_000;

    private static string Text(WindowResult<int, long> result) =>
        $"{Second(result.Window.Start)}-{Second(result.Window.End)}: {result.Result}{(result.Pane.IsLast ? " last" : "")}";

    private sealed class OwnSessions : WindowAssigner<int>
    {
        public override bool Merges => true;

        public override string Definition => "own sessions";

        public override void Assign(in int row, long time, ICollection<Window> windows) => windows.Add(new Window(time, time + 10_000_000));
    }

    private sealed class Run : IAsyncDisposable
    {
        private Run(TestSource<int> source, TestSink<string> sink, StreamTest test) => (Source, Sink, Test) = (source, sink, test);

        public TestSource<int> Source { get; }

        public TestSink<string> Sink { get; }

        public StreamTest Test { get; }

        /// <summary>Rows that came for a closed session, and rows that were late.</summary>
        public (long Closed, long Late) Dropped
        {
            get
            {
                Test.RunUntilIdle();
                return (Test.Job.Metrics.Operators["sessions"]["closed_dropped"], Test.Job.Metrics.Operators["sessions"]["late_dropped"]);
            }
        }

        public static async Task<Run> StartAsync(Func<Stream<int>, Stream<string>> build)
        {
            var source = new TestSource<int>();
            var sink = new TestSink<string>();
            return new Run(source, sink, await StreamTest.StartAsync(pipeline => build(pipeline.Read("rows", source)).Write("out", sink)));
        }

        public void Pause(bool crashes)
        {
            Test.Commit();
            if (crashes)
                Test.CrashAndRestore();
        }

        public ValueTask DisposeAsync() => Test.DisposeAsync();
    }
}

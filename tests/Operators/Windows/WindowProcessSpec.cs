using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Windows whose rows are processed together, or reduced to one: lateness, triggers and panes are those of every window.</summary>
public sealed class WindowProcessSpec
{
    private static readonly TimeSpan s_ten = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_function_sees_all_rows_of_a_pane_with_its_key_and_window() =>
        new OperatorContract<string, string>(rows => rows.KeyBy(row => row[..1]).Window("all", Window.Tumbling(s_ten)).DropLate()
            .Process(pane => pane.Rows.Order(StringComparer.Ordinal)
                .Select((row, i) => $"{pane.Key} {pane.Window.StartTime:ss} {i} {row} {pane.Pane.Timing}")))
            .Element("a2", at: "12:00:01").Element("a1", at: "12:00:09").Element("b1", at: "12:00:03").Element("a3", at: "12:00:12")
            .Watermark("12:00:10").Element("a9", at: "12:00:05").Element("b2", at: "12:00:15").Watermark("12:00:30")
            .Holds("""
                a 00 0 a1 OnTime
                a 00 1 a2 OnTime
                b 00 0 b1 OnTime
                a 10 0 a3 OnTime
                b 10 0 b2 OnTime
                """);

    [Fact]
    public void Panes_accumulate_or_discard_and_late_ones_come_within_the_allowed_lateness()
    {
        Holds(windows => windows, """
            early a1+a2
            on-time a1+a2+a3
            late a1+a2+a3+a4
            """);
        Holds(windows => windows.Discarding(), """
            early a1+a2
            on-time a3
            late a4
            """);

        static void Holds(Func<WindowedStream<string, string>, WindowedStream<string, string>> mode, string expected) =>
            new OperatorContract<string, string>(rows => mode(rows.KeyBy(row => row[..1]).Window("all", Window.Tumbling(s_ten))
                    .Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(2), late: Trigger.AfterCount(1))).AllowedLateness(s_ten)
                        .DropLate())
                .Process(pane =>
                    (string[])[$"{(pane.Pane.Timing == PaneTiming.OnTime ? "on-time" : pane.Pane.Timing == PaneTiming.Late ? "late" : "early")} {string.Join('+', pane.Rows)}"]))
            .Element("a1", at: "12:00:01").Element("a2", at: "12:00:02").Element("a3", at: "12:00:03").Watermark("12:00:10")
            .Element("a4", at: "12:00:04").Watermark("12:00:20").Element("a5", at: "12:00:05").Holds(expected);
    }

    [Fact]
    public void What_a_pane_gave_is_taken_back_before_the_pane_that_replaces_it() =>
        new OperatorContract<string, Change<string>>(
            rows => rows.KeyBy(row => row[..1]).Window("all", Window.Session(s_ten)).AllowedLateness(TimeSpan.FromMinutes(1)).Retracting()
            .Process(pane => pane.Rows.Count > 1 ? [$"{pane.Key} from {pane.Rows[0]}", $"{pane.Key} to {pane.Rows[^1]}"]
                : (string[])[$"{pane.Key} alone {pane.Rows[0]}"]),
            change => $"{change.Weight:+0;-0} {change.Row}")
            .Element("a1", at: "12:00:00").Watermark("12:00:15").Element("a2", at: "12:00:05").Watermark("12:02:00")
            .Holds("""
                +1 a alone a1
                -1 a alone a1
                +1 a from a1
                +1 a to a2
                """);

    [Fact]
    public void Windows_by_count_over_all_rows_and_by_keys_with_watermarks_of_their_own_are_processed_alike()
    {
        new OperatorContract<string, string>(
            rows => rows.KeyBy(row => row[..1]).Window("counts", Window.Count(2)).Process(pane => (string[])[string.Join('+', pane.Rows)]))
            .Element("a1", at: "12:00:01").Element("a2", at: "12:00:00").Element("b1", at: "12:00:00").Element("a3", at: "12:00:00")
                .Holds("""
                a1+a2
                b1
                a3
                """);
        new OperatorContract<string, string>(rows => rows.WindowAll("all", Window.Tumbling(s_ten)).DropLate()
            .Process(pane => (string[])[$"{pane.Window.StartTime:ss} {string.Join('+', pane.Rows.Order(StringComparer.Ordinal))}"]))
            .Element("a1", at: "12:00:01").Element("b1", at: "12:00:05").Element("a2", at: "12:00:11").Watermark("12:01").Holds("""
                00 a1+b1
                10 a2
                """);
        new OperatorContract<string, string>(rows => rows.KeyBy(row => row[..1]).WithKeyWatermarks(TimeSpan.Zero)
            .Window("own", Window.Tumbling(s_ten)).DropLate().Process(pane => (string[])[$"{pane.Key} {string.Join('+', pane.Rows)}"]))
            .Element("a1", at: "12:00:01").Element("b1", at: "12:00:05").Element("a2", at: "12:00:11").Holds("""
                a a1
                a a2
                b b1
                """);
    }

    [Fact]
    public void Reduce_makes_one_row_of_a_windows_rows()
    {
        new OperatorContract<string, WindowResult<string, string>>(
            rows => rows.KeyBy(row => row[..1]).Window("all", Window.Tumbling(s_ten)).DropLate()
            .Reduce((a, b) => string.CompareOrdinal(a, b) > 0 ? a : b), result => $"{result.Key} {result.Result}")
            .Element("a2", at: "12:00:01").Element("a1", at: "12:00:09").Element("b1", at: "12:00:03").Watermark("12:01").Holds("""
                a a2
                b b1
                """);
        new OperatorContract<string, WindowResult<string, string>>(
            rows => rows.KeyBy(row => row[..1]).Window("hops", Window.Hopping(s_ten, s_ten / 2)).DropLate()
            .Reduce((a, b) => $"{a}+{b}"), result => $"{result.Window.StartTime:mm:ss} {result.Result}")
            .Element("a1", at: "12:00:01").Element("a2", at: "12:00:06").Element("a3", at: "12:00:12").Watermark("12:01").Holds("""
                59:55 a1
                00:00 a1+a2
                00:05 a2+a3
                00:10 a3
                """);
        new OperatorContract<string, WindowResult<string, string>>(
            rows => rows.KeyBy(row => row[..1]).Window("sessions", Window.Session(s_ten)).DropLate()
            .Reduce((a, b) => $"{a}+{b}"), result => result.Result)
            .Element("a1", at: "12:00:00").Element("a3", at: "12:00:14").Element("a2", at: "12:00:07").Watermark("12:01").Holds("a1+a2+a3");
    }

    [Fact]
    public async Task A_function_that_throws_names_its_operator_and_is_skipped_by_pane()
    {
        var results = new List<string>();
        Pipeline Build()
        {
            var pipeline = Pipeline.Create("failing");
            pipeline.Read("rows", Sources.Of(["a", "b", "b"])).WithEventTime(_ => 5L, Watermarks.Monotonic()).KeyBy(row => row)
                .Window("all", Window.Tumbling(s_ten))
                    .Process(pane => pane.Rows.Count == 1 ? throw new InvalidOperationException("alone") : pane.Rows)
                .Write("out", Sinks.ForEach<string>(results.Add));
            return pipeline;
        }

        JobException error = await Build().FailsAsync<JobException>(Store.InMemory());
        Assert.All((string[])["'failing'", "operator 'all-process'", "alone"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));

        results.Clear();
        await using Job job = await Job.StartAsync(Build(), Store.InMemory(), Runs.Quick with { Errors = ErrorPolicy.Skip });
        await job.Completion.WaitAsync(Limits.Test);
        Assert.Equal(["b", "b"], results);
    }
}

using System.Threading.Channels;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Progress;

/// <summary>Operators that live by event time are refused where their rows have none, when the pipeline is built, with the source and the
/// remedy.</summary>
[Trait("Issue", "B1")]
public sealed class EventTimeNeedSpec
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly Pattern<int, int> s_pattern = Pattern.Begin<int>("a").Next("b").Within(s_minute);

    private static readonly Dictionary<string, Action<Stream<int>, Stream<int>>> s_operators = new(StringComparer.Ordinal)
    {
        ["tumbling windows"] = (rows, _) => Windowed(rows, Window.Tumbling(s_minute)),
        ["hopping windows"] = (rows, _) => Windowed(rows, Window.Hopping(s_minute, s_minute / 2)),
        ["cumulating windows"] = (rows, _) => Windowed(rows, Window.Cumulate(s_minute, s_minute / 2)),
        ["sessions"] = (rows, _) => Windowed(rows, Window.Session(s_minute)),
        ["days"] = (rows, _) => Windowed(rows, Window.Day(TimeZoneInfo.Utc)),
        ["windows of the user's own"] = (rows, _) => rows.KeyBy(row => row).Window("operator", new Own())
            .Aggregate(Aggregate.Of<int>().Count())
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(_ => { })),
        ["windows with a trigger"] = (rows, _) => Write(rows.KeyBy(row => row).Window("operator", Window.Tumbling(s_minute))
            .AllowedLateness(s_minute).Aggregate(Aggregate.Of<int>().Count())),
        ["windows that take back"] = (rows, _) => Write(rows.KeyBy(row => row).Window("operator", Window.Tumbling(s_minute)).Retracting()
            .Aggregate(Aggregate.Of<int>().Count()).Map(change => change.Row)),
        ["global windows with a trigger of event time"] = (rows, _) =>
            Write(rows.KeyBy(row => row).Window("operator", Window.Global()).Trigger(Trigger.ContinuousEventTime(s_minute))
                .Aggregate(Aggregate.Of<int>().Count())),
        ["windows over all"] = (rows, _) =>
            Write(rows.WindowAll("operator", Window.Tumbling(s_minute)).Aggregate(Aggregate.Of<int>().Count())),
        ["windows in two phases"] = (rows, _) => Write(rows.KeyBy(row => row).Window("operator", Window.Tumbling(s_minute)).TwoPhase()
            .Aggregate(Aggregate.Of<int>().Count())),
        ["windows by keys' watermarks"] = (rows, _) => Write(rows.KeyBy(row => row).WithKeyWatermarks(s_minute)
            .Window("operator", Window.Tumbling(s_minute)).Aggregate(Aggregate.Of<int>().Count())),
        ["frames of time"] = (rows, _) => Write(rows.KeyBy(row => row).Over("operator", Frames.Range(s_minute))
            .Aggregate(Aggregate.Of<int>().Count())),
        ["frames of rows"] = (rows, _) =>
            Write(rows.KeyBy(row => row).Over("operator", Frames.Rows(3)).Aggregate(Aggregate.Of<int>().Count())),
        ["order"] = (rows, _) => Write(rows.OrderByEventTime("operator")),
        ["deduplication"] = (rows, _) => Write(rows.KeyBy(row => row).Deduplicate("operator", s_minute)),
        ["a time to live"] = (rows, _) => Write(rows.KeyBy(row => row).ToTable("operator", new TableOptions<int> { TimeToLive = s_minute })
            .ToStream()),
        ["ignoring older rows"] = (rows, _) => Write(rows.KeyBy(row => row)
            .ToTable("operator", new TableOptions<int> { IgnoreOlder = true }).ToStream()),
        ["an interval join"] = (rows, other) => Write(rows.KeyBy(row => row)
            .IntervalJoin("operator", other.KeyBy(row => row), Interval.Between(-s_minute, s_minute))),
        ["a window join"] = (rows, other) => Write(rows.KeyBy(row => row)
            .WindowJoin("operator", other.KeyBy(row => row), Window.Tumbling(s_minute))),
        ["a window join of sessions"] = (rows, other) => Write(rows.KeyBy(row => row)
            .WindowJoin("operator", other.KeyBy(row => row), Window.Session(s_minute))),
        ["an as-of join"] = (rows, other) => Write(rows.KeyBy(row => row).AsOfJoin("operator", other.KeyBy(row => row).ToTable("table"))),
        ["a pattern"] = (rows, _) => Write(rows.KeyBy(row => row).Match("operator", s_pattern).Select(match => match.Key)),
        ["a pattern without a bound"] = (rows, _) => Write(rows.KeyBy(row => row)
            .Match("operator", Pattern.Begin<int>("a").Next("b")).Select(match => match.Key)),
        ["absence"] = (rows, _) => Write(rows.KeyBy(row => row).Match("operator", Pattern.Begin<int>("a").NotFollowedBy("b")
            .Within(s_minute)).Select(match => match.Key)),
        ["a revisable pattern"] = (rows, _) => Write(rows.KeyBy(row => row).Match("operator", s_pattern).Revisable()
            .Select(match => match.Key)),
        ["rules"] = (rows, other) => Write(rows.KeyBy(row => row).Match("operator", other.Map(row => RuleChange.Put($"{row}", 1, "a")),
            new PatternConditions<int> { { "a", row => row > 0 } }).Select(match => match.Key)),
    };

    private static readonly Dictionary<string, Func<Stream<int>, Stream<int>>> s_ways = new(StringComparer.Ordinal)
    {
        ["map, filter, flat map"] = rows => rows.Map(row => row + 1).Filter(row => row > 0).FlatMap(row => new[] { row, row }),
        ["a side output"] = rows => rows.Branch(row => row > 3).Others,
        ["a union with rows that have times"] = rows => rows.Union(rows.Pipeline.Read("timed", Sources.Of([1]))
            .WithEventTime(row => row, Watermarks.Monotonic())),
        ["calls"] = rows => rows.MapAsync((row, _) => new ValueTask<int>(row)),
        ["a process function"] = rows => rows.KeyBy(row => row).Process("process", () => new PassOn()),
        ["count windows"] = rows => rows.KeyBy(row => row).Window("counted", Window.Count(1)).Aggregate(Aggregate.Of<int>().Sum(row => row))
            .Map(result => (int)result.Result),
        ["windows by the clock"] = rows => rows.KeyBy(row => row).Window("clocked", Window.Tumbling(s_minute).InProcessingTime())
            .Aggregate(Aggregate.Of<int>().Sum(row => row)).Map(result => (int)result.Result),
        ["a join with a table that has times"] = rows => rows.KeyBy(row => row)
            .Join("joined", rows.Pipeline.Read("timed", Sources.Of([1])).WithEventTime(row => row, Watermarks.Monotonic())
                .KeyBy(row => row).ToTable("timed-table")).Map(pair => pair.Left),
    };

    public static TheoryData<string> Operators => [.. s_operators.Keys];

    public static TheoryData<string> Ways => [.. s_ways.Keys];

    [Theory]
    [MemberData(nameof(Operators))]
    public async Task An_operator_of_event_time_is_refused_without_it_and_runs_with_it(string name)
    {
        PipelineException error = await RefusedAsync(pipeline => s_operators[name](pipeline.Read("plain", Sources.Of([1, 2])),
            pipeline.Read("other", Sources.Of([1, 2]))));
        Assert.Contains("Pipeline 'test', operator 'operator", error.Message, StringComparison.Ordinal);
        Assert.Contains("the rows of source 'plain' come without event times", error.Message, StringComparison.Ordinal);
        Assert.Contains(".WithEventTime(", error.Message, StringComparison.Ordinal);

        await RunAsync(pipeline => s_operators[name](Timed(pipeline, "plain"), Timed(pipeline, "other")));
    }

    [Theory]
    [InlineData("an interval join")]
    [InlineData("a window join")]
    [InlineData("a window join of sessions")]
    [InlineData("an as-of join")]
    [InlineData("rules")]
    public async Task Both_inputs_must_have_event_times(string name)
    {
        PipelineException error = await RefusedAsync(pipeline => s_operators[name](Timed(pipeline, "plain"),
            pipeline.Read("other", Sources.Of([1, 2]))));
        Assert.Contains("the rows of source 'other' come without event times", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Rows_without_event_times_stay_without_on_whatever_way(string way)
    {
        PipelineException error = await RefusedAsync(pipeline => Windowed(s_ways[way](pipeline.Read("plain", Sources.Of([1, 2]))),
            Window.Tumbling(s_minute)));
        Assert.Contains("the rows of source 'plain' come without event times", error.Message, StringComparison.Ordinal);
        await RunAsync(pipeline => Windowed(s_ways[way](Timed(pipeline, "plain")), Window.Tumbling(s_minute)));
    }

    [Fact]
    public async Task A_live_source_is_refused_too_and_one_that_brings_times_is_not()
    {
        foreach (Source<int> live in (Source<int>[])[Sources.From(Channel.CreateUnbounded<int>().Reader), new Ingress<int>()])
            await RefusedAsync(pipeline => Windowed(pipeline.Read("plain", live), Window.Tumbling(s_minute)));
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
            Windowed(pipeline.Read("rows", new TestSource<int>()), Window.Tumbling(s_minute)));
    }

    [Fact]
    public async Task What_goes_by_the_clock_or_by_the_number_of_rows_needs_none()
    {
        await RunAsync(pipeline => Windowed(pipeline.Read("plain", Sources.Of([1, 2])), Window.Tumbling(s_minute).InProcessingTime()));
        await RunAsync(pipeline => Windowed(pipeline.Read("plain", Sources.Of([1, 2])), Window.Session(s_minute).InProcessingTime()));
        await RunAsync(pipeline => Windowed(pipeline.Read("plain", Sources.Of([1, 2])), Window.Global()));
        await RunAsync(pipeline => Write(pipeline.Read("plain", Sources.Of([1, 2])).KeyBy(row => row).Window("operator", Window.Count(2))
            .Aggregate(Aggregate.Of<int>().Count())));
        await RunAsync(pipeline => Write(pipeline.Read("plain", Sources.Of([1, 2])).KeyBy(row => row).Match("operator", s_pattern)
            .InProcessingTime().Select(match => match.Key)));
        await RunAsync(pipeline => Write(pipeline.Read("plain", Sources.Of([1, 2])).KeyBy(row => row).ToTable("operator").ToStream()));
        await RunAsync(pipeline => Windowed(
            Timed(pipeline, "rows").KeyBy(row => row).Join("joined", pipeline.Read("plain", Sources.Of([1])).KeyBy(row => row)
                .ToTable("table"), JoinType.Left).Map(pair => pair.Left), Window.Tumbling(s_minute)));
    }

    [Fact]
    public async Task A_timer_of_event_time_is_an_error_where_rows_have_none()
    {
        JobException error = await Assert.ThrowsAsync<JobException>(() =>
            RunAsync(pipeline => Write(pipeline.Read("plain", Sources.Of([1, 2])).KeyBy(row => row)
            .Process("timers", () => new SetsTimer()))));
        Assert.Contains("the rows of source 'plain' come without event times", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("SetProcessingTimer", error.ToString(), StringComparison.Ordinal);
    }

    private static Stream<int> Timed(Pipeline pipeline, string name) => pipeline.Read(name, Sources.Of([1, 2]))
        .WithEventTime(row => row * 1_000_000L, Watermarks.Monotonic());

    private static void Windowed(Stream<int> rows, WindowAssigner windows) =>
        Write(rows.KeyBy(row => row).Window("operator", windows).Aggregate(Aggregate.Of<int>().Count()));

    private static void Write<T>(Stream<T> rows) => rows.Write("out", Sinks.ForEach<T>(_ => { }));

    private static async Task RunAsync(Action<Pipeline> build)
    {
        var pipeline = Pipeline.Create("test");
        build(pipeline);
        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, new JobOptions
        {
            Parallelism = 1,
            MaxEventTimeAhead = null,
            Restart = RestartPolicy.None
        });
        await job.Completion.WaitAsync(Limits.Test);
    }

    private static async Task<PipelineException> RefusedAsync(Action<Pipeline> build)
    {
        var pipeline = Pipeline.Create("test");
        build(pipeline);
        PipelineException described = Assert.Throws<PipelineException>(() => pipeline.Describe());
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => Job.StartAsync(pipeline, Store.Volatile));
        Assert.Equal(described.Message, error.Message);
        return error;
    }

    private sealed class Own : WindowAssigner<int>
    {
        public override string Definition => "own";

        public override void Assign(in int row, long time, ICollection<Window> windows) => windows.Add(new Window(time, time + 1_000));
    }

    private sealed class PassOn : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context) => context.Emit(row);
    }

    private sealed class SetsTimer : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context) => context.SetTimer(context.Time + 1);
    }
}

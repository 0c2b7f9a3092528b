using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What is said of a row on which user code throws and which ends the job: where it happened, when, which row, and what to
/// do.</summary>
public sealed class ErrorTextSpec
{
    private const int Bad = 7;

    /// <summary>Each runs <c>Throw</c> on every row, in an operator called "culprit".</summary>
    private static readonly Dictionary<string, Func<Stream<Row>, Stream<Row>>> s_operators = new()
    {
        ["map"] = rows => rows.Map(Throw, "culprit"),
        ["filter"] = rows => rows.Filter(row => Throw(row).N >= 0, "culprit"),
        ["flat-map"] = rows => rows.FlatMap<Row, Row>(row => [Throw(row)], "culprit"),
        ["flat-map, later"] = rows => rows.FlatMap(row => Enumerable.Repeat(row, 2).Select(Throw), "culprit"),
        ["peek"] = rows => rows.Peek(row => Throw(row), "culprit"),
        ["map-async"] = rows => rows.MapAsync((row, _) => new ValueTask<Row>(Throw(row)), name: "culprit"),
        ["map-async, later"] = rows => rows.MapAsync(
            async (row, _) =>
            {
                await Task.Yield();
                return Throw(row);
            },
            name: "culprit"),
        ["key"] = rows => rows.KeyBy(row => Throw(row).N).Process("culprit", () => new Process()),
        ["process"] = rows => rows.KeyBy(row => row.N % 2).Process("culprit", () => new Process()),
        ["event-sourced"] = rows => rows.KeyBy(row => row.N % 2).EventSourced<int, Row>("culprit", (_, row) => [Throw(row)], (n, _) => n),
        ["fold"] = rows => rows.KeyBy(row => row.N % 2).Window("culprit", Window.Tumbling(TimeSpan.FromHours(1)))
            .Aggregate(Aggregate.Of<Row>().Sum(row => (long)Throw(row).N)).Map(result => new Row((int)result.Result, "")),
    };

    public static TheoryData<string, int, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, bool>();
            foreach (string name in s_operators.Keys)
            {
                cases.Add(name, 1, false);
                cases.Add(name, 2, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_error_names_pipeline_operator_event_time_and_row_and_the_position_where_rows_carry_it(string kind,
        int parallelism, bool hasPositions)
    {
        var pipeline = Pipeline.Create("failing");
        Stream<Row> rows = pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, 20).Select(n => new Row(n, new string('x', 2000)))]))
            .WithEventTime(row => row.N * 1_000_000L, Watermarks.Monotonic());
        if (hasPositions)
            rows = rows.Filter(_ => true, errors: ErrorPolicy.Skip);
        s_operators[kind](rows).Write("out", Sinks.ForEach<Row>(_ => { }));

        JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory(), Runs.Quick with { Parallelism = parallelism });

        Assert.All(
            (string[])["Pipeline 'failing', operator 'culprit'", "event time 1970-01-01T00:00:07Z", "FormatException: seven",
                "Row: Row { N = 7, Text = xxx", "x…", "ErrorPolicy.Skip"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.InRange(error.Message.Length, 100, 1000);
        Assert.Equal(hasPositions, error.Message.Contains("at offset 7", StringComparison.Ordinal));
        Assert.Equal(hasPositions, error.Message.Contains(", rows/", StringComparison.Ordinal));
        Assert.IsType<FormatException>(error.InnerException);
    }

    [Fact]
    public async Task A_function_of_the_source_that_throws_always_names_the_position()
    {
        foreach (bool isTime in (bool[])[true, false])
        {
            var pipeline = Pipeline.Create("failing");
            pipeline.Read("rows", Sources.Of([.. Enumerable.Range(0, 20).Select(n => new Row(n, ""))]))
                .WithEventTime(row => (isTime ? Throw(row) : row).N * 1_000_000L, Watermarks.Punctuated<Row>(row =>
                {
                    Throw(row);
                    return default(DateTimeOffset?);
                }))
                .Write("out", Sinks.ForEach<Row>(_ => { }));

            JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory());

            Assert.All((string[])["Pipeline 'failing', operator 'rows', rows/", "at offset 7", "FormatException: seven",
                "Row: Row { N = 7"],
                part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
            Assert.Equal(!isTime, error.Message.Contains("event time 1970-01-01T00:00:07Z", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_timer_that_throws_names_its_key_and_its_time()
    {
        var pipeline = Pipeline.Create("failing");
        pipeline.Read("rows", Sources.Of([new Row(3, "")])).WithEventTime(row => row.N * 1_000_000L, Watermarks.Monotonic())
            .KeyBy(row => row.N).Process("culprit", () => new Process { Fails = true }).Write("out", Sinks.ForEach<Row>(_ => { }));

        JobException error = await pipeline.FailsAsync<JobException>(Store.InMemory());

        Assert.All((string[])["operator 'culprit', event time 1970-01-01T00:00:04Z", "timer of key 3", "InvalidOperationException: timer"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static Row Throw(Row row) => row.N == Bad ? throw new FormatException("seven") : row;

    internal readonly record struct Row(int N, string Text);

    private sealed class Process : ProcessFunction<int, Row, Row>
    {
        public bool Fails { get; init; }

        public override void OnRow(in Row row, ProcessContext<int, Row> context)
        {
            context.Emit(Throw(row));
            context.SetTimer(context.Time + 1_000_000);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<int, Row> context)
        {
            if (Fails)
                throw new InvalidOperationException("timer");
        }
    }
}

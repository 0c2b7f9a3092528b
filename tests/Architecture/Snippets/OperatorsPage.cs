using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region operators-rows
public readonly record struct Measure(string Sensor, double Value);

public readonly record struct Limit(string Sensor, double Value);

public readonly record struct Alarm(string Sensor, string Text);
#endregion

#region operators-two
public sealed class LimitAlarms : TwoInputBatchOperator<string, Measure, Limit, Alarm>
{
    public static readonly OutputTag<Measure> Unlimited = new("unlimited");             // a further output

    private const long Patience = 60_000_000;                                           // a minute; times are microseconds

    private readonly ValueState<double?> _limit;
    private readonly ListState<Measure> _waiting;                                       // came before their sensor's limit

    public LimitAlarms()
    {
        _limit = Value<double?>("limit");
        _waiting = List<Measure>("waiting");
    }

    public override void OnLeft(KeyedBatch<string, Measure> batch, ProcessContext<string, Alarm> context)
    {
        while (batch.Next(out int row))                                                 // from here on states are those of its key
        {
            if (_limit.Value is { } limit)
            {
                Check(batch.Rows[row], limit, context);
                continue;
            }

            _waiting.Add(batch.Rows[row]);
            context.SetTimer(context.Time + Patience);
        }
    }

    public override void OnRight(KeyedBatch<string, Limit> batch, ProcessContext<string, Alarm> context)
    {
        while (batch.Next(out int row))
        {
            _limit.Value = batch.Rows[row].Value;
            foreach (Measure measure in _waiting.Items)
                Check(measure, batch.Rows[row].Value, context);
            _waiting.Clear();
        }
    }

    public override void OnTimer(TimerFiring timer, ProcessContext<string, Alarm> context)
    {
        foreach (Measure measure in _waiting.Items)
            context.Emit(Unlimited, measure);
        _waiting.Clear();
    }

    private static void Check(Measure measure, double limit, ProcessContext<string, Alarm> context)
    {
        if (measure.Value > limit)
            context.Emit(new Alarm(context.Key, $"{measure.Value} is above {limit}"));
    }
}

public static class LimitAlarmsOperator
{
    public static ProcessedStream<Alarm> Alarms(this Stream<Measure> measures, string name, Stream<Limit> limits) => measures
        .KeyBy(measure => measure.Sensor)
        .Connect(limits.KeyBy(limit => limit.Sensor))
        .Apply(name, () => new LimitAlarms());
}
#endregion

#region operators-one
public sealed class Reminders : BatchOperator<string, Measure, string>
{
    private readonly ValueState<int> _count;

    public Reminders() => _count = Value<int>("count");

    public override void OnBatch(KeyedBatch<string, Measure> batch, ProcessContext<string, string> context)
    {
        while (batch.Next(out int row))
        {
            if (++_count.Value == 1)
            {
                context.SetTimer(context.Time + 60_000_000);                            // by event time
                context.SetProcessingTimer(context.ProcessingTime + 60_000_000);        // by the clock
            }

            if (double.IsNaN(batch.Rows[row].Value))
                throw new InvalidOperationException("no number");                       // what the row has changed is taken back
        }
    }

    public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context) =>
        context.Emit($"{context.Key}: {_count.Value} by {(timer.IsProcessingTime ? "the clock" : "event time")}");
}
#endregion

/// <summary>The code of docs/operators.md: operators that are written without the engine's internals, and keep its contract.</summary>
[Trait("Issue", "11")]
public sealed class OperatorsPage
{
    #region operators-contract
    [Fact]
    public void Measures_above_their_limit_are_alarms_and_those_without_one_come_out_beside() =>
        new TwoInputContract<Measure, Limit, string>((measures, limits) =>
            {
                ProcessedStream<Alarm> alarms = measures.Alarms("alarms", limits);
                return alarms.Map(alarm => $"{alarm.Sensor}: {alarm.Text}")
                             .Union(alarms.SideOutput(LimitAlarms.Unlimited)
                                 .Map(measure => $"{measure.Sensor}: no limit for {measure.Value}"));
            }, inOrder: true)
            .Left(new Measure("a", 5), at: "12:00")
            .Left(new Measure("b", 7), at: "12:00:10")
            .Right(new Limit("a", 4), at: "12:00:20")
            .Left(new Measure("a", 3), at: "12:00:30")
            .Left(new Measure("a", 9), at: "12:00:40")
            .Watermarks("12:02")
            .Right(new Limit("b", 1), at: "12:03")
            .Left(new Measure("b", 2), at: "12:04")
            .Holds("""
                a: 5 is above 4
                a: 9 is above 4
                b: no limit for 7
                b: 2 is above 1
                """);
    #endregion

    [Fact]
    public void Rows_of_many_keys_with_a_full_output_and_crashes_between_any_two_of_them()
    {
        var contract = new OperatorContract<Measure, string>(
            measures => measures.KeyBy(measure => measure.Sensor).Apply("echo", () => new Echo()));
        for (int row = 0; row < 24; row++)
            contract.Element(new Measure($"s{row % 5}", row), at: $"12:00:{row:00}");
        contract.Watermark("12:10").Holds(string.Join('\n',
            Enumerable.Range(0, 24).SelectMany(row => Enumerable.Repeat($"s{row % 5} {row / 5}", 40))
            .Concat(Enumerable.Range(0, 5).Select(sensor => $"s{sensor} done"))));
    }

    [Fact]
    public async Task Timers_fire_by_event_time_and_by_the_clock_and_a_row_that_throws_leaves_no_trace()
    {
        var measures = new TestSource<Measure>();
        var sink = new TestSink<string>();
        var options = new JobOptions
        {
            Parallelism = 1,
            Errors = ErrorPolicy.Skip,
            EpochInterval = TimeSpan.FromDays(40),
            MaxEventTimeAhead = null
        };
        await using var test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("measures", measures).KeyBy(measure => measure.Sensor).Apply("reminders", () => new Reminders())
                .Write("out", sink),
            options);
        measures.Element(new Measure("a", 1), "12:00").Element(new Measure("b", double.NaN), "12:00")
            .Element(new Measure("a", double.NaN), "12:00:10")
            .Element(new Measure("a", 2), "12:00:20");
        test.Commit().CrashAndRestore();
        measures.Watermark("12:01");
        sink.ShouldEmit("a: 2 by event time");
        test.AdvanceTime(TimeSpan.FromMinutes(1));
        sink.ShouldEmit("a: 2 by the clock");
        Assert.Equal(2, test.ReadTable("dead_letters").Count);
    }

    [Fact]
    public async Task An_operator_that_takes_no_row_is_told_so()
    {
        var measures = new TestSource<Measure>();
        await using var test = await StreamTest.StartAsync(pipeline =>
            pipeline.Read("measures", measures).KeyBy(measure => measure.Sensor).Apply("idle", () => new Idle())
                .Write("out", new TestSink<string>()));
        measures.Element(new Measure("a", 1), "12:00");
        JobException error = Assert.Throws<JobException>(() => test.RunUntilIdle());
        Assert.Contains("'idle'", error.Message, StringComparison.Ordinal);
        Assert.Contains("batch.Next", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Forty rows for each: the output is full in the middle of a batch.</summary>
    private sealed class Echo : BatchOperator<string, Measure, string>
    {
        private readonly ValueState<int> _count;

        public Echo() => _count = Value<int>("count");

        public override void OnBatch(KeyedBatch<string, Measure> batch, ProcessContext<string, string> context)
        {
            while (batch.Next(out int row))
            {
                if (batch.Keys[row] != context.Key || batch.Times[row] != context.Time)
                    throw new InvalidOperationException("another row");
                for (int copy = 0; copy < 40; copy++)
                    context.Emit($"{context.Key} {_count.Value}");
                _count.Value++;
                context.SetTimer(context.Time / 600_000_000 * 600_000_000 + 600_000_000);
            }
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context) => context.Emit($"{context.Key} done");
    }

    private sealed class Idle : BatchOperator<string, Measure, string>
    {
        public override void OnBatch(KeyedBatch<string, Measure> batch, ProcessContext<string, string> context)
        {
        }
    }
}

using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Joins;

/// <summary>A stream that looks into a table begins once the table is what it was at the start, not while it is being read.</summary>
[Trait("Issue", "C4")]
public sealed class SnapshotWaitSpec
{
    private static readonly JobOptions s_rarely = new() { EpochInterval = TimeSpan.FromDays(1) };

    public sealed record Entry(string Key, string Value);

    private readonly TestSource<Entry> _rows = new(), _values = new(hasInitialSnapshot: true);
    private readonly TestSink<string> _sink = new();

    [Fact]
    public async Task Rows_wait_for_all_of_the_snapshot_and_no_longer_whatever_the_interval_of_epochs()
    {
        await using StreamTest test = await StreamTest.StartAsync(Joined(), s_rarely);
        _rows.Element(new("a", "1")).Element(new("b", "2"));
        _values.Element(new("a", "x"));
        _sink.ShouldEmit("");
        test.Commit().AdvanceTime(TimeSpan.FromHours(1));
        _sink.ShouldEmit("");
        _values.Element(new("b", "y")).SnapshotEnd();
        _sink.ShouldEmit("""
            1+x
            2+y
            """);
        _values.Element(new("c", "z"));
        _sink.ShouldEmit("");
        _rows.Element(new("c", "3")).Element(new("d", "4"));
        _sink.ShouldEmit("""
            3+z
            4+
            """);
    }

    [Fact]
    public async Task An_empty_table_and_a_stream_that_has_ended_hold_up_nothing()
    {
        await using StreamTest test = await StreamTest.StartAsync(Joined(), s_rarely);
        _rows.Element(new("a", "1")).Complete();
        _sink.ShouldEmit("");
        _values.SnapshotEnd();
        _sink.ShouldEmit("1+");
        _values.Complete();
        test.RunUntilIdle();
        Assert.True(test.Job.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_source_that_ends_within_its_snapshot_is_waited_for_as_far_as_it_goes()
    {
        await using StreamTest test = await StreamTest.StartAsync(Joined(), s_rarely);
        _rows.Element(new("a", "1"));
        _values.Element(new("a", "x"));
        _sink.ShouldEmit("");
        _values.Complete();
        _sink.ShouldEmit("1+x");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Every_partition_is_waited_for_also_behind_other_operators(int parallelism)
    {
        var values = new TestSource<Entry>(partitions: 3, hasInitialSnapshot: true);
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", _rows).Filter(row => row.Value != "").KeyBy(row => row.Key)
                .Join("join", pipeline.Read("values", values).Filter(value => value.Key != "").KeyBy(value => value.Key).ToTable("first"),
                    JoinType.Left)
                .Map(pair => $"{pair.Left!.Value}+{pair.Right?.Value}").Write("out", _sink),
            s_rarely with { Parallelism = parallelism });
        _rows.Element(new("a", "1"));
        values.SnapshotEnd(0).Element(new("a", "x"), partition: 2).SnapshotEnd(2);
        _sink.ShouldEmit("");
        test.Commit();
        _sink.ShouldEmit("");
        values.SnapshotEnd(1);
        test.AdvanceTime(TimeSpan.FromSeconds(1));                  // an epoch that is asked for may wait for a few milliseconds
        _sink.ShouldEmit("1+x");
    }

    [Fact]
    public async Task After_a_crash_it_waits_again_until_the_snapshot_is_in_and_then_never()
    {
        await using StreamTest test = await StreamTest.StartAsync(Joined(), s_rarely);
        _rows.Element(new("a", "1"));
        _values.Element(new("a", "x"));
        test.Commit();
        test.CrashAndRestore();
        _sink.ShouldEmit("");
        _values.SnapshotEnd();
        _sink.ShouldEmit("1+x");
        test.Commit();
        test.CrashAndRestore();
        _rows.Element(new("a", "2"));
        _sink.ShouldEmit("2+x");
    }

    [Fact]
    public async Task Stopping_does_not_wait()
    {
        await using StreamTest test = await StreamTest.StartAsync(Joined(), s_rarely);
        _rows.Element(new("a", "1"));
        test.RunUntilIdle();
        test.Run(async () =>
        {
            await test.Job.StopAsync();
            return 0;
        });
        Assert.Empty(_sink.Rows);
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_says_so()
    {
        var atOnce = new StreamTableJoinOptions { WaitForSnapshot = false };
        await using StreamTest test = await StreamTest.StartAsync(Joined(atOnce), s_rarely);
        _values.Element(new("a", "x"));
        _rows.Element(new("b", "1"));
        _sink.ShouldEmit("1+");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rows_wait_for_rules_that_go_to_every_actor(bool waits)
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("rows", _rows).WithBroadcast("rules", pipeline.Read("values", _values), rule => rule.Key,
                (row, rules) => new[] { $"{row.Value}+{rules.Count}" }, new() { WaitForSnapshot = waits }).Write("out", _sink),
            s_rarely);
        _rows.Element(new("a", "1"));
        _sink.ShouldEmit(waits ? "" : "1+0");
        _values.Element(new("x", "x")).SnapshotEnd();
        _sink.ShouldEmit(waits ? "1+1" : "");
    }

    [Fact]
    public async Task A_source_of_both_sides_does_not_wait_for_itself()
    {
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                KeyedStream<string, Entry> values = pipeline.Read("values", _values).KeyBy(value => value.Key);
                values.Join("join", values.ToTable("table"), JoinType.Left).Map(pair => pair.Left!.Value).Write("out", _sink);
            },
            s_rarely);
        _values.Element(new("a", "x"));
        _sink.ShouldEmit("x");
    }

    [Fact]
    public void Tables_that_would_wait_for_each_other_are_refused()
    {
        var pipeline = Pipeline.Create("circle");
        var others = new TestSource<Entry>(hasInitialSnapshot: true);
        KeyedStream<string, Entry> left = pipeline.Read("left", _values).KeyBy(value => value.Key), right = pipeline.Read("right", others)
            .KeyBy(value => value.Key);
        left.Join("one", right.ToTable("right-table")).Write("out", new TestSink<Joined<Entry, Entry>>());
        var both = right.Join("other", left.ToTable("left-table"));
        both.Write("out2", new TestSink<Joined<Entry, Entry>>());
        string message = Assert.Throws<PipelineException>(() => pipeline.Describe()).Message;
        Assert.Contains("operators 'one' and 'other'", message, StringComparison.Ordinal);
        Assert.Contains("WaitForSnapshot", message, StringComparison.Ordinal);
    }

    private Action<Pipeline> Joined(StreamTableJoinOptions? options = null) => pipeline =>
        pipeline.Read("rows", _rows).KeyBy(row => row.Key).Join("join", pipeline.Read("values", _values).KeyBy(value => value.Key)
            .ToTable("table"), JoinType.Left, options)
            .Map(pair => $"{pair.Left!.Value}+{pair.Right?.Value}").Write("out", _sink);
}

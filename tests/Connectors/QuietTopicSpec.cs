using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Connectors.Tests;

/// <summary>Readers that follow a topic while its writers are quiet, have completed, or are gone; on virtual time.</summary>
[Trait("Issue", "B2")]
public sealed class QuietTopicSpec : IAsyncDisposable
{
    private readonly SimulationScheduler _scheduler = new(seed: 11);
    private readonly MemoryStore _store = Store.InMemory();
    private readonly TestSource<Order> _orders = new(silence: Silence.NothingHappens);

    public readonly record struct Order(string Account, DateTimeOffset Time);

    public ValueTask DisposeAsync()
    {
        _scheduler.Kill();
        return _store.DisposeAsync();
    }

    [Fact]
    public void A_writer_that_is_quiet_takes_its_readers_on()
    {
        Write();
        Read("reader", Topics.Read<Order>("orders"));
        Give("12:00:01", "12:00:03");
        Pass(13);
        Assert.Empty(Shown("reader"));
        Pass(6);
        Assert.Equal(["12:00:00 2"], Shown("reader"));
    }

    [Fact]
    public void A_writer_that_has_completed_holds_nobody()
    {
        Job writer = Write();
        Give("12:00:01", "12:00:03");
        _orders.Complete();
        _scheduler.Run(() => writer.Completion);
        Read("reader", Topics.Read<Order>("orders"));
        Pass(18);
        Assert.Equal(["12:00:00 2"], Shown("reader"));
    }

    [Fact]
    public void A_writer_that_is_gone_holds_nobody_after_half_a_minute()
    {
        Job writer = Write();
        Give("12:00:01", "12:00:03");
        Pass(2);
        _scheduler.Run(() => writer.StopAsync());
        Read("reader", Topics.Read<Order>("orders"));
        Read("waiting", Topics.Read<Order>("orders").WaitForWriters());
        Pass(30);
        Assert.Empty(Shown("reader"));
        Pass(30);
        Assert.Equal(["12:00:00 2"], Shown("reader"));
        Assert.Empty(Shown("waiting"));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_reader_that_comes_later_sees_what_one_saw_that_was_there(bool takesItsOwnWatermarks, bool isWriterDown)
    {
        Job writer = Write();
        Read("there", Topics.Read<Order>("orders"), takesItsOwnWatermarks);
        Give("12:00:01", "12:00:03");
        Pass(2);
        if (isWriterDown)
            _scheduler.Run(() => writer.StopAsync());
        Pass(90);
        Assert.Equal(["12:00:00 2"], Shown("there"));
        if (isWriterDown)
            Write();
        Give("12:00:04", "12:02:31", "12:02:55");
        Pass(30);

        Read("later", Topics.Read<Order>("orders"), takesItsOwnWatermarks);
        Pass(30);
        Assert.Contains("12:00:00 2", Shown("there"));
        Assert.Contains(Shown("there"), shown => shown.StartsWith("12:02:50", StringComparison.Ordinal));
        Assert.Equal(Shown("there"), Shown("later"));
        Assert.Equal(2, _store.ReadTable("dead_letters").Count);
    }

    [Fact]
    public void Partitions_without_rows_hold_nobody()
    {
        Write();
        Read("reader", Topics.Read<Order>("orders"), takesItsOwnWatermarks: true);
        Give("12:00:01");
        Pass(25);
        Assert.Equal(["12:00:00 1"], Shown("reader"));
    }

    private JobOptions Options =>
        new JobOptions { Parallelism = 2, Shards = 8, MaxEventTimeAhead = null }.On(_scheduler);

    private Job Write()
    {
        var writing = Pipeline.Create("writing");
        writing.Read("orders", _orders).WithEventTime(order => order.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(2)))
            .Write("topic", Topics.To("orders", 3, (Order order) => order.Account));
        return _scheduler.Run(() => Job.StartAsync(writing, _store, Options));
    }

    private void Read(string name, Source<Order> source, bool takesItsOwnWatermarks = false)
    {
        var reading = Pipeline.Create(name);
        SourceStream<Order> orders = reading.Read("orders", source);
        (takesItsOwnWatermarks ? orders.WithWatermarks(Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(2))) : orders)
            .KeyBy(order => order.Account).Window("counts", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Lateness(Lateness.BySource)   // which of three partitions is read first must not matter here
            .Aggregate(Aggregate.Of<Order>().Count())
            .Write("out",
                Sinks.Table<WindowResult<string, long>>($"counts_{name}",
                t => t.Column("start", r => r.Window.Start).Column("n", r => r.Result)));
        _scheduler.Run(() => Job.StartAsync(reading, _store, Options));
    }

    private void Give(params string[] times)
    {
        foreach (string time in times)
            _orders.Element(new Order("a", TestTime.Of(time)));
        _scheduler.RunReady();
    }

    private void Pass(int seconds) => _scheduler.Run(() => Task.Delay(TimeSpan.FromSeconds(seconds), _scheduler.Clock));

    private string[] Shown(string name) =>
        [.. _store.ReadTable($"counts_{name}").Select(row => $"{EventTime.ToDateTimeOffset((long)row[0]!):HH:mm:ss} {row[1]}")
            .Order(StringComparer.Ordinal)];
}

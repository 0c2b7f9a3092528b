using ActorStreams.Authoring;

namespace ActorStreams.Connectors.Tests;

/// <summary>Jobs that read what is there, stop, and go on with what has come meanwhile.</summary>
[Trait("Issue", "B5")]
public sealed class AvailableNowSpec : IAsyncDisposable
{
    private static readonly JobOptions s_now = new()
    {
        AvailableNow = true,
        EpochInterval = TimeSpan.FromMilliseconds(10),
        Parallelism = 2
    };
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryStore _store = Store.InMemory();

    public readonly record struct Click(string User, DateTimeOffset Time);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Windows_stay_open_from_run_to_run_and_rows_are_counted_once()
    {
        _folder.Write("in/a.csv", "user,time\nann,2020-01-01T12:00:01Z\nann,2020-01-01T12:00:09Z\n");
        await RunAsync(Files());
        Assert.Empty(Counts());                                   // nothing says that 12:00:10 has come

        _folder.Write("in/b.csv", "user,time\nann,2020-01-01T12:00:09.5Z\nbob,2020-01-01T12:00:12Z\n");
        await RunAsync(Files());
        Assert.Equal(["00 ann 3"], Counts());

        await RunAsync(Files());                                  // nothing has come: nothing happens
        Assert.Equal(["00 ann 3"], Counts());

        await File.AppendAllTextAsync(_folder["in/b.csv"], "ann,2020-01-01T12:00:13Z\nann,2020-01-01T12:00:21Z\n");
        await RunAsync(Files());
        Assert.Equal(["00 ann 3", "10 ann 1", "10 bob 1"], Counts());
    }

    [Fact]
    public async Task A_last_run_without_the_setting_closes_what_is_open()
    {
        _folder.Write("in/a.csv", "user,time\nann,2020-01-01T12:00:01Z\n");
        await RunAsync(Files());
        _folder.Write("in/b.csv", "user,time\nann,2020-01-01T12:00:02Z\n");
        await RunAsync(Files(), s_now with { AvailableNow = false });

        Assert.Equal(["00 ann 2"], Counts());
    }

    [Fact]
    public async Task A_file_that_was_read_may_go()
    {
        string first = _folder.Write("in/a.csv", "user,time\nann,2020-01-01T12:00:01Z\n");
        await RunAsync(Files());
        File.Delete(first);
        _folder.Write("in/b.csv", "user,time\nann,2020-01-01T12:00:11Z\n");
        await RunAsync(Files());

        Assert.Equal(["00 ann 1"], Counts());
    }

    /// <summary>The second file ends far ahead of the first; what the first one gets later is not late.</summary>
    [Fact]
    public async Task Files_that_grow_wait_for_each_other_within_a_run()
    {
        string first = _folder.Write("in/a.csv", "user,time\nann,2020-01-01T12:00:01Z\n");
        _folder.Write("in/b.csv", "user,time\nbob,2020-01-01T12:00:55Z\n");
        await RunAsync(Files());
        Assert.Empty(Counts());

        await File.AppendAllTextAsync(first, "ann,2020-01-01T12:00:02Z\nann,2020-01-01T12:00:31Z\n");
        await RunAsync(Files());
        Assert.Equal(["00 ann 2"], Counts());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Runs_that_break_off_give_what_one_run_gives(int seed)
    {
        var random = new Random(seed);
        string[] lines = [.. Enumerable.Range(0, 4000).Select(row => $"{"abc"[row % 3]},{DateTimeOffset.UnixEpoch.AddSeconds(row):O}")];
        string path = _folder.Write("in/a.csv", "user,time\n");
        for (int at = 0, run = 0; at < lines.Length; run++)
        {
            int next = Math.Min(lines.Length, at + random.Next(1500));
            await File.AppendAllLinesAsync(path, lines[at..next]);
            at = next;
            await using Job job = await Job.StartAsync(Files(), _store, s_now with { Parallelism = 1 + (run % 3) });
            if (random.Next(2) == 0)
                await job.DisposeAsync();                         // as a crash would
            else
                await job.Completion;
        }

        await RunAsync(Files());
        Assert.Equal(399 * 3, Counts().Count);
        Assert.All(Counts(), count => Assert.Matches(" (3|4)$", count));
    }

    /// <summary>Two jobs of a schedule, one after the other: the windows of the second close where the writer's watermark says
    /// so.</summary>
    [Fact]
    public async Task A_topic_is_read_to_its_end_and_then_on_from_there()
    {
        Click[] clicks = [new("ann", Second(1)), new("bob", Second(2)), new("ann", Second(3)), new("ann", Second(14)),
            new("bob", Second(21))];
        await RunAsync(Writing(clicks[..2]));
        await RunAsync(Reading());
        Assert.Empty(Counts());

        await RunAsync(Writing(clicks[..4]));
        await RunAsync(Reading());
        Assert.Equal(["00 ann 2", "00 bob 1"], Counts());
        await RunAsync(Reading());
        await RunAsync(Writing(clicks));
        await RunAsync(Reading());
        Assert.Equal(["00 ann 2", "00 bob 1", "10 ann 1"], Counts());
    }

    [Fact]
    public async Task A_source_without_an_end_is_refused()
    {
        var pipeline = Pipeline.Create("endless");
        pipeline.Read("clicks", Sources.From(System.Threading.Channels.Channel.CreateUnbounded<Click>().Reader))
            .Write("out", Sinks.ForEach<Click>(_ => { }));

        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => Job.StartAsync(pipeline, _store, s_now));
        Assert.Contains("source 'clicks'", error.Message, StringComparison.Ordinal);
        Assert.Contains("knows no end", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_in_code_are_read_to_their_end()
    {
        await RunAsync(Counting(Sources.Of([new Click("ann", Second(1)), new Click("ann", Second(12))])));
        Assert.Equal(["00 ann 1"], Counts());
        await RunAsync(
            Counting(Sources.Of(
            [new Click("ann", Second(1)), new Click("ann", Second(12)), new Click("ann", Second(13)), new Click("ann", Second(25))])));
        Assert.Equal(["00 ann 1", "10 ann 2"], Counts());
    }

    private static DateTimeOffset Second(int second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    private Pipeline Files() => Counting(Csv.File<Click>(_folder["in"]));

    private static Pipeline Writing(Click[] clicks)
    {
        var pipeline = Pipeline.Create("writing");
        pipeline.Read("rows", Sources.Of(clicks)).WithEventTime(click => click.Time, Watermarks.Monotonic())
            .Write("topic", Topics.To("clicks", 2, (Click click) => click.User));
        return pipeline;
    }

    private static Pipeline Reading()
    {
        var pipeline = Pipeline.Create("counting");
        Write(pipeline.Read("clicks", Topics.Read<Click>("clicks")));
        return pipeline;
    }

    private static Pipeline Counting(Source<Click> source)
    {
        var pipeline = Pipeline.Create("counting");
        Write(pipeline.Read("clicks", source).WithEventTime(click => click.Time, Watermarks.Monotonic()));
        return pipeline;
    }

    private static void Write(Stream<Click> clicks) => clicks.KeyBy(click => click.User)
        .Window("counts", Window.Tumbling(TimeSpan.FromSeconds(10)))
        .Aggregate(Aggregate.Of<Click>().Count())
        .Write("out",
            Sinks.Table<WindowResult<string, long>>("counts",
            t => t.Column("second", r => r.Window.StartTime.Second).Column("user", r => r.Key).Column("n", r => r.Result)));

    private async Task RunAsync(Pipeline pipeline, JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, _store, options ?? s_now);
        await job.Completion;
    }

    private List<string> Counts() =>
        [.. _store.ReadTable("counts").Select(row => $"{row[0]:00} {row[1]} {row[2]}").Order(StringComparer.Ordinal)];
}

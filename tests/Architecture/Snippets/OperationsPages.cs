using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Architecture.Tests.Snippets;

#region sources-own
public sealed class LineFile(string path) : Source<string>
{
    public override string Description => $"lines of {path}";

    public override SourceGuarantee Guarantee => SourceGuarantee.Replayable;           // the same lines come again from any offset

    public override bool OpensAtAnyRow => true;

    public override ValueTask<IReadOnlyList<string>> PartitionsAsync(SourceContext context, CancellationToken cancellation) =>
        new(["file"]);

    public override ValueTask<SourceReader<string>> OpenAsync(string partition, SourceOffset? from, SourceContext context,
        CancellationToken cancellation)
    {
        var lines = new StreamReader(path);
        for (long line = 0; line < (from?.Value ?? 0); line++)
        {
            if (lines.ReadLine() is null)
                throw new SourceException($"File '{path}' has {line} lines, and {from!.Value.Value} were read before: it was cut.");
        }

        return new(new Reader(lines, from?.Value ?? 0));
    }

    private sealed class Reader(StreamReader lines, long next) : SourceReader<string>
    {
        private long _next = next;

        public override SourceOffset Offset => new(_next);                             // where the next epoch would go on

        public override async ValueTask<bool> ReadAsync(SourceBuffer<string> buffer, CancellationToken cancellation)
        {
            while (!buffer.IsFull && await lines.ReadLineAsync(cancellation) is { } line)
                buffer.Add(line, _next++);                                             // the row, and its own offset
            return buffer.Count > 0;                                                   // nothing added: the partition has ended
        }

        public override ValueTask DisposeAsync()
        {
            lines.Dispose();
            return base.DisposeAsync();
        }
    }
}
#endregion

#region process-function
public readonly record struct Beat(string Host, DateTimeOffset Time);

public sealed class Silences : ProcessFunction<string, Beat, string>
{
    private const long Limit = 30_000_000;                                             // 30 s; times are microseconds

    private readonly ValueState<long> _due;

    public Silences() => _due = Value<long>("due");

    public override void OnRow(in Beat row, ProcessContext<string, string> context)
    {
        if (_due.Value != 0)
            context.DeleteTimer(_due.Value);
        _due.Value = context.Time + Limit;
        context.SetTimer(_due.Value);                                                  // fires once the watermark is there
    }

    public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context)
    {
        context.Emit($"{context.Key} is silent since {EventTime.Format(timer.Time - Limit)}");
        _due.Clear();
    }
}
#endregion

#region process-ttl
public sealed class NewDevices : ProcessFunction<string, Beat, string>
{
    private readonly MapState<string, int> _hosts;

    public NewDevices() => _hosts = Map<string, int>("hosts", new TimeToLive(TimeSpan.FromDays(30)));   // each host for itself

    public override void OnRow(in Beat row, ProcessContext<string, string> context)
    {
        if (!_hosts.TryGet(row.Host, out _))
            context.Emit($"{row.Host} is new, or back after a month");
        _hosts.Put(row.Host, 1);                                                       // lives for thirty days more
    }
}
#endregion

/// <summary>The code of docs/operations.md, docs/sources.md and docs/process-functions.md.</summary>
[Trait("Issue", "C10")]
public sealed class OperationsPages : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_job_is_watched_stopped_and_looked_into()
    {
        string path = Path.Combine(_folder, "shop.db");
        var rows = new Ingress<(string Id, int Number)>();
        var pipeline = Pipeline.Create("shop");
        pipeline.Read("orders", rows).KeyBy(row => row.Id).ToTable("orders-by-id").Materialize("orders-view");
        var lines = new List<string>();
        void Log(string line)
        {
            lock (lines)
                lines.Add(line);
        }

        await using Store store = Store.Sqlite(path);
        await using (Job job = await Job.StartAsync(pipeline, store,
            new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(10), OnNotice = notice => Log(notice.ToString()) }))
        {
            await rows.TellNowAsync(("o1", 1));

            #region operations-describe
            Log(pipeline.Describe());                            // the graph, its stages and settings, as text
            Log(pipeline.DescribeAsMermaid());                   // the same as a chart: paste it into a page, or into https://mermaid.live
            Log(job.Metrics.ToString());                         // epoch, restarts, and every count, in a line for each source and operator
            #endregion

            #region operations-commit
            long epoch = await job.CommitAsync();                // all that was read before is durable, and views show it
            #endregion

            Assert.InRange(job.Table<string, (string Id, int Number)>("orders-view").Epoch, epoch, long.MaxValue);

            #region operations-stop
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            job.EndObservers();                                  // whoever observes a table is told that there is no more
            try
            {
                await job.StopAsync(patience.Token);             // commits a last epoch; the next start goes on from there
            }
            catch (OperationCanceledException ended)
            {
                Log(ended.Message);                              // what was not done, and what it waits for
            }
            #endregion
        }

        #region operations-store
        // while the job runs, too: readers fence nobody
        await using JobReader? reader = await store.OpenReaderAsync("shop");
        foreach (EpochRecord record in await reader!.EpochsAsync())
            Log($"epoch {record.Epoch}, {EventTime.ToDateTimeOffset(record.CommittedAt):O}: {System.Text.Encoding.UTF8.GetString(record.Manifest.Span)}");
        #endregion

        Assert.Contains(lines, line => line.Contains("orders-by-id [to-table]", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("flowchart LR", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("source orders: 1 rows, 0 late, 0 rejected", StringComparison.Ordinal));
        Assert.Contains(lines,
            line => line.StartsWith("epoch ", StringComparison.Ordinal) && line.Contains("\"orders\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_of_ones_own_goes_on_where_it_stopped()
    {
        string path = Path.Combine(_folder, "lines.txt");
        await File.WriteAllLinesAsync(path, Enumerable.Range(0, 5_000).Select(n => $"line {n}"));
        var read = new List<string>();
        var pipeline = Pipeline.Create("lines");
        pipeline.Read("lines", new LineFile(path)).Write("out", Sinks.ForEach<string>(read.Add));
        await using (Job job = await Job.StartAsync(pipeline, Store.InMemory(), new JobOptions { Parallelism = 1 }))
            await job.Completion;
        Assert.Equal(Enumerable.Range(0, 5_000).Select(n => $"line {n}"), read);

        await using SourceReader<string> reader = await new LineFile(path).OpenAsync("file", new SourceOffset(4_998),
            new SourceContext("lines", "lines", TimeProvider.System), default);
        var buffer = new SourceBuffer<string>(16);
        Assert.True(await reader.ReadAsync(buffer, default));
        Assert.Equal(["line 4998", "line 4999"], buffer.Rows.ToArray());
    }

    [Fact]
    public async Task A_batch_of_a_writer_is_durable_at_once()
    {
        var ingress = new Ingress<string>();
        var pipeline = Pipeline.Create("told");
        pipeline.Read("told", ingress).Write("out", Sinks.ForEach<string>(_ => { }));
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory(), new JobOptions { EpochInterval = TimeSpan.FromHours(1) });

        #region sources-ingress
        Task told = ingress.TellAsync("one");                    // durable with the epoch that holds it: about a second
        await ingress.TellNowAsync("two");                       // asks for that epoch: some milliseconds
        await ingress.TellNowAsync(["three", "four"]);           // a small batch, the same way
        await told;                                              // came with the others
        #endregion

        Assert.Equal(4, job.Metrics.Sources["told"].Rows);
    }

    [Fact]
    public async Task A_timer_tells_who_is_silent()
    {
        var beats = new TestSource<Beat>();
        var alerts = new TestSink<string>(alert => alert);
        await using StreamTest test = await StreamTest.StartAsync(pipeline =>
        {
            #region process-use
            pipeline.Read("beats", beats)
                    .KeyBy(beat => beat.Host)
                    .Process("silences", () => new Silences())
                    .Write("alerts", alerts);
            #endregion
        });
        beats.Element(new Beat("a", default), at: "12:00:00").Element(new Beat("b", default), at: "12:00:10")
            .Element(new Beat("a", default), at: "12:00:20").Watermark("12:00:45");
        test.Commit().CrashAndRestore();
        alerts.ShouldEmit("b is silent since 2030-01-01T12:00:10Z");
        beats.Watermark("12:01:00");
        alerts.ShouldEmit("a is silent since 2030-01-01T12:00:20Z");
    }

    [Fact]
    public async Task What_was_not_heard_of_for_a_month_is_new()
    {
        var beats = new TestSource<Beat>();
        var news = new TestSink<string>();
        await using var test = await StreamTest.StartAsync(
            pipeline => pipeline.Read("beats", beats).KeyBy(_ => "all").Process("devices", () => new NewDevices()).Write("news", news));
        foreach (int day in new[] { 1, 20, 45, 75 })
            beats.Element(new Beat("lamp", default), DateTimeOffset.UnixEpoch.AddDays(day));
        news.ShouldEmit("""
            lamp is new, or back after a month
            lamp is new, or back after a month
            """);
    }
}

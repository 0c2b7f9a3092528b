using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>How sources of Akka.Streams end, and who is told.</summary>
[Trait("Issue", "12")]
public sealed class AkkaSourceSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private readonly List<int> _rows = [];
    private readonly TaskCompletionSource<TestPublisher.Probe<int>> _probe = new();

    [Fact]
    public async Task A_source_that_completes_completes_the_job()
    {
        await using Job job = await StartAsync();
        TestPublisher.Probe<int> source = await _probe.Task;

        source.SendNext(1).SendNext(2).SendComplete();

        await job.Completion;
        Assert.Equal([1, 2], _rows);
    }

    [Fact]
    public async Task A_source_that_fails_fails_the_job_and_says_where()
    {
        await using Job job = await StartAsync();
        TestPublisher.Probe<int> source = await _probe.Task;

        source.SendNext(1).SendError(new InvalidOperationException("the line is dead"));

        SourceException failure = await Assert.ThrowsAsync<SourceException>(() => job.Completion);
        Assert.StartsWith("Pipeline 'test', source 'in': the Akka.Streams source failed after", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("the line is dead", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_stopped_cancels_its_source()
    {
        await using Job job = await StartAsync();
        TestPublisher.Probe<int> source = await _probe.Task;
        source.SendNext(1);

        await job.StopAsync();

        await source.ExpectCancellationAsync();
    }

    [Fact]
    public async Task A_job_that_is_drained_cancels_its_source_and_takes_what_it_gave()
    {
        await using Job job = await StartAsync();
        TestPublisher.Probe<int> source = await _probe.Task;
        source.SendNext(1).SendNext(2);
        await CommitAsync(job, rows: 2);

        await job.DrainAsync();

        await source.ExpectCancellationAsync();
        Assert.Equal([1, 2], _rows);
    }

    [Fact]
    public async Task A_job_that_restarts_runs_the_source_anew()
    {
        int runs = 0;
        var source = Source.FromEnumerator(() => Enumerable.Range(10 * runs++, 3).GetEnumerator());
        bool hasFailed = false;

        await using Job job = await StartAsync(pipeline => pipeline.Read("in", AkkaSource.From(source)).Map(row =>
        {
            if (row == 1 && !hasFailed)
            {
                hasFailed = true;
                throw new InvalidOperationException("once");
            }

            return row;
        }).Write("out", Sinks.ForEach<int>(_rows.Add)), options: Quiet with { Restart = new RestartPolicy(1, TimeSpan.Zero, TimeSpan.Zero) });
        await job.Completion;

        Assert.Equal([10, 11, 12], _rows.Where(row => row >= 10));
        Assert.Equal(1, job.Restarts);
    }

    [Fact]
    public async Task Rows_of_a_source_from_an_offset_come_once_although_the_job_fails()
    {
        var store = Store.InMemory();
        var read = new List<long?>();
        JobOptions options = Quiet with { Restart = new RestartPolicy(3, TimeSpan.Zero, TimeSpan.Zero) };
        int failures = 0;
        long total = 0;

        await using Job job = await StartAsync(pipeline => pipeline.Read("in", AkkaSource.Replayable(after =>
        {
            read.Add(after);
            return Source.From(Enumerable.Range(0, 100)).Select(row => (Row: row, Offset: (long)row))
                .Where(row => row.Offset > (after ?? -1));
        })).Map(row => row == 60 && failures++ == 0 ? throw new InvalidOperationException("once") : row)
            .Write("out", Sinks.Table<int>("rows", table => table.Column("row", row => row))), store, options with { EpochInterval = TimeSpan.FromMilliseconds(10) });
        await job.Completion;
        total = job.Metrics.Sources["in"].Rows;

        Assert.Equal(100, total);
        Assert.Equal(2, read.Count);
        Assert.Null(read[0]);
    }

    [Fact]
    public async Task Offsets_that_do_not_grow_fail_the_job_with_a_remedy()
    {
        await using Job job = await StartAsync(pipeline => pipeline
            .Read("in", AkkaSource.Replayable(_ => Source.From([(Row: "a", Offset: 5L), (Row: "b", Offset: 5L)])))
            .Write("out", Sinks.ForEach<string>(_ => { })));

        SourceException failure = await Assert.ThrowsAsync<SourceException>(() => job.Completion);
        Assert.Equal("Pipeline 'test', source 'in', partition '0': a row of offset 5 came after offset 5. Offsets are from 0 to 2^48 - 2 and grow; " +
            "the function must give the rows after the offset that it is given, and no others.", failure.Message);
    }

    [Fact]
    public async Task The_graph_runs_below_the_actor_of_its_job()
    {
        string path = "";
        var source = Source.FromGraph(new PathOfStage(found => path = found));

        await using Job job = await StartAsync(pipeline => pipeline.Read("in", AkkaSource.From(source)).Write("out", Sinks.ForEach<int>(_rows.Add)));
        await job.Completion;

        Assert.StartsWith($"akka://{Sys.Name}/user/actorstreams/test/", path, StringComparison.Ordinal);
    }

    private Task<Job> StartAsync() => StartAsync(pipeline => pipeline
        .Read("in", AkkaSource.From(this.SourceProbe<int>().MapMaterializedValue(probe =>
        {
            _probe.TrySetResult(probe);
            return probe;
        })))
        .Write("out", Sinks.ForEach<int>(_rows.Add)));

    private static async Task CommitAsync(Job job, long rows)
    {
        while (job.Metrics.Sources["in"].Rows < rows)
            await job.CommitAsync();
    }
}

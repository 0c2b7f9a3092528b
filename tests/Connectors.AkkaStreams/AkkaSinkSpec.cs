using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>How sinks of Akka.Streams end, and who is told.</summary>
[Trait("Issue", "12")]
public sealed class AkkaSinkSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private readonly TaskCompletionSource<TestSubscriber.Probe<int>> _probe = new();

    [Fact]
    public async Task A_job_that_completes_completes_its_sink()
    {
        await using Job job = await StartAsync(Sources.Of([1, 2, 3]));
        TestSubscriber.Probe<int> sink = await _probe.Task;

        sink.Request(4);

        await sink.ExpectNextAsync(1);
        await sink.ExpectNextAsync(2);
        await sink.ExpectNextAsync(3);
        await sink.ExpectCompleteAsync();
        await job.Completion;
    }

    [Fact]
    public async Task The_end_of_a_job_waits_for_a_sink_that_is_a_task()
    {
        Task<System.Collections.Immutable.IImmutableList<int>>? all = null;
        await using Job job = await StartAsync(pipeline => pipeline.Read("in", Sources.Of([1, 2, 3]))
            .Write("out", AkkaSink.To(Sink.Seq<int>(), materialized: task => all = task)));

        await job.Completion;

        Assert.True(all!.IsCompletedSuccessfully);
        Assert.Equal([1, 2, 3], await all);
    }

    [Fact]
    public async Task A_sink_that_cancels_fails_the_job_with_a_remedy()
    {
        await using Job job = await StartAsync(Sources.Of(Enumerable.Range(0, 1000).ToArray()));
        TestSubscriber.Probe<int> sink = await _probe.Task;

        sink.Request(1);
        await sink.ExpectNextAsync(0);
        sink.Cancel();

        SinkException failure = await Assert.ThrowsAsync<SinkException>(() => job.Completion);
        Assert.Equal("Pipeline 'test', sink 'out': the Akka.Streams sink has cancelled and takes no more rows, but more may come. " +
            "Use one that takes all of them; to end the job with the sink, run the pipeline as a flow (Pipeline.Flow).", failure.Message);
    }

    [Fact]
    public async Task A_sink_that_fails_fails_the_job_and_says_where()
    {
        await using Job job = await StartAsync(pipeline => pipeline.Read("in", Sources.Of([1, 2, 3]))
            .Write("out", AkkaSink.To(Sink.ForEach<int>(row =>
            {
                if (row == 2)
                    throw new InvalidOperationException("no room on disk");
            }))));

        SinkException failure = await Assert.ThrowsAsync<SinkException>(() => job.Completion);
        Assert.Equal("Pipeline 'test', sink 'out': the Akka.Streams sink failed: no room on disk", failure.Message);
    }

    [Fact]
    public async Task A_run_that_ends_in_the_middle_of_an_epoch_fails_its_sink()
    {
        var rows = new Ingress<int>();
        await using Job job = await StartAsync(rows);
        TestSubscriber.Probe<int> sink = await _probe.Task;
        sink.Request(2);
        Task told = rows.TellAsync(1);
        await sink.ExpectNextAsync(1);

        await job.DisposeAsync();

        Assert.Contains("the run has ended in the middle of an epoch", (await sink.ExpectErrorAsync()).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobException>(() => told);
    }

    [Fact]
    public async Task A_job_that_is_stopped_completes_its_sink()
    {
        var rows = new Ingress<int>();
        await using Job job = await StartAsync(rows);
        TestSubscriber.Probe<int> sink = await _probe.Task;
        sink.Request(2);
        Task told = rows.TellNowAsync(1);
        await sink.ExpectNextAsync(1);
        await told;

        await job.StopAsync();

        await sink.ExpectCompleteAsync();
    }

    [Fact]
    public async Task An_epoch_ends_when_the_sink_asks_for_more_than_its_rows()
    {
        var rows = new Ingress<int>();
        await using Job job = await StartAsync(rows);
        TestSubscriber.Probe<int> sink = await _probe.Task;
        sink.Request(1);
        Task told = rows.TellNowAsync(1);
        await sink.ExpectNextAsync(1);
        Assert.False(told.IsCompleted);

        sink.Request(1);

        await told;
    }

    private Task<Job> StartAsync(ActorStreams.Source<int> source) => StartAsync(pipeline => pipeline.Read("in", source)
        .Write("out", AkkaSink.To(this.SinkProbe<int>(), materialized: _probe.SetResult)));
}

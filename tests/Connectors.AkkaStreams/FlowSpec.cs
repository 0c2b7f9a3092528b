using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>Pipelines and patterns between any source and any sink.</summary>
[Trait("Issue", "12")]
public sealed class FlowSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private readonly record struct Login(string Account, bool Succeeded, DateTimeOffset Time);

    private static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Flow<int, int, Task<Job>> s_doubled =
        Pipeline.Flow<int, int>("doubled", rows => rows.Map(static row => 2 * row), options: Quiet);

    [Fact]
    public async Task A_pipeline_between_a_source_and_a_sink()
    {
        var doubled = await Source.From(Enumerable.Range(0, 10_000)).Via(s_doubled).RunWith(Sink.Seq<int>(), Sys.Materializer());

        Assert.Equal(Enumerable.Range(0, 10_000).Select(row => 2 * row), doubled);
    }

    [Fact]
    public async Task A_pattern_between_a_source_and_a_sink()
    {
        var fail = Pattern.Begin<Login>("fail").Where(l => !l.Succeeded).Times(3).Consecutive();
        Source<Login, NotUsed> logins = Source.From(
        [
            new Login("ann", false, s_noon), new Login("bob", false, s_noon), new Login("ann", false, s_noon), new Login("bob", true, s_noon),
            new Login("ann", false, s_noon), new Login("bob", false, s_noon),
        ]);

        var alerts = await logins.Via(Pattern.Flow(l => l.Account, fail, m => m.Key)).RunWith(Sink.Seq<string>(), Sys.Materializer());

        Assert.Equal(["ann"], alerts);
    }

    [Fact]
    public async Task A_pattern_in_event_time_sorts_and_closes_what_is_open_at_the_end()
    {
        var fail = Pattern.Begin<Login>("fail").Where(l => !l.Succeeded).Times(2).Consecutive();
        var alone = fail.NotFollowedBy("success", l => l.Succeeded).Within(TimeSpan.FromMinutes(10));
        Source<Login, NotUsed> logins = Source.From(
        [
            new Login("ann", false, s_noon.AddSeconds(2)), new Login("ann", false, s_noon.AddSeconds(1)),
        ]);

        var alerts = await logins.Via(Pattern.Flow(l => l.Account, alone, m => m[fail].Last.Time, l => l.Time,
            Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(5)))).RunWith(Sink.Seq<DateTimeOffset>(), Sys.Materializer());

        Assert.Equal([s_noon.AddSeconds(2)], alerts);
    }

    [Fact]
    public async Task A_pipeline_that_is_built_between_a_source_and_a_sink_is_a_flow()
    {
        Flow<int, int, Task<Job>> odd = Pipeline.Flow<int, int>((source, sink) =>
        {
            var pipeline = Pipeline.Create("odd");
            pipeline.Read("numbers", source).Filter(static row => row % 2 == 1).Write("odd-ones", sink);
            return pipeline;
        });

        var rows = await Source.From(Enumerable.Range(0, 10)).Via(odd).RunWith(Sink.Seq<int>(), Sys.Materializer());

        Assert.Equal([1, 3, 5, 7, 9], rows);
    }

    [Fact]
    public async Task Elements_come_out_while_others_are_still_to_come()
    {
        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> job) = Run(s_doubled);

        sink.Request(2);
        source.SendNext(1);
        await sink.ExpectNextAsync(2);
        source.SendNext(2);
        await sink.ExpectNextAsync(4);
        source.SendComplete();

        await sink.ExpectCompleteAsync();
        await (await job).Completion;
    }

    [Fact]
    public async Task A_failure_of_the_input_fails_the_flow_and_ends_the_job()
    {
        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> job) = Run(s_doubled);
        Job running = await job;
        sink.Request(1);

        source.SendError(new InvalidOperationException("the line is dead"));

        Assert.Equal("the line is dead", (await sink.ExpectErrorAsync()).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Completion);
    }

    [Fact]
    public async Task A_failure_of_the_job_fails_the_flow_and_cancels_the_input()
    {
        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> _) =
            Run(Pipeline.Flow<int, int>("failing", rows => rows.Map(static row => 10 / row)));
        sink.Request(1);

        source.SendNext(0);

        Assert.IsAssignableFrom<ActorStreamsException>(await sink.ExpectErrorAsync());
        await source.ExpectCancellationAsync();
    }

    [Fact]
    public async Task A_cancellation_of_the_output_cancels_the_input_and_ends_the_job()
    {
        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> job) = Run(s_doubled);
        Job running = await job;
        sink.Request(1);
        source.SendNext(1);
        await sink.ExpectNextAsync(2);

        sink.Cancel();

        await source.ExpectCancellationAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Completion);
    }

    [Fact]
    public async Task A_pipeline_that_cannot_be_built_fails_the_flow_with_the_reason()
    {
        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> job) =
            Run(Pipeline.Flow<int, int>("no name!", rows => rows));
        sink.Request(1);

        Assert.Contains("is not a pipeline name", (await sink.ExpectErrorAsync()).Message, StringComparison.Ordinal);
        await source.ExpectCancellationAsync();
        await Assert.ThrowsAsync<PipelineException>(() => job);
    }

    [Fact]
    public async Task A_job_that_is_drained_cancels_the_input_and_completes_the_output()
    {
        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> job) = Run(s_doubled);
        sink.Request(2);
        source.SendNext(1);
        await sink.ExpectNextAsync(2);

        await (await job).DrainAsync();

        await source.ExpectCancellationAsync();
        await sink.ExpectCompleteAsync();
    }

    [Fact]
    public async Task With_a_store_the_next_materialisation_goes_on_with_the_state()
    {
        Store store = Store.InMemory();
        var third = Pattern.Begin<int>("three").Times(3).AfterMatch(AfterMatch.SkipPastLast);
        Flow<int, int, Task<Job>> thirds = Pattern.Flow(row => row % 2, third, m => m.Rows[2], store: store, options: Quiet);
        var first = new TaskCompletionSource<Job>();

        (TestPublisher.Probe<int> source, TestSubscriber.Probe<int> sink, Task<Job> job) = Run(thirds);
        sink.Request(1);
        source.SendNext(1).SendNext(3);
        Job running = await job;
        while (running.Metrics.Sources["in"].Rows < 2)
            await running.CommitAsync();
        sink.Cancel();
        await running.Completion;
        (source, sink, _) = Run(thirds);
        sink.Request(1);
        source.SendNext(5);

        await sink.ExpectNextAsync(5);
    }

    [Fact]
    public void Options_that_ask_for_restarts_are_refused()
    {
        PipelineException refused = Assert.Throws<PipelineException>(() =>
            Pipeline.Flow<int, int>("again", rows => rows, options: new JobOptions { Restart = RestartPolicy.BackOff }));
        Assert.Contains("RestartFlow.OnFailuresWithBackoff", refused.Message, StringComparison.Ordinal);
    }

    private (TestPublisher.Probe<int>, TestSubscriber.Probe<int>, Task<Job>) Run(Flow<int, int, Task<Job>> flow)
    {
        var ((source, job), sink) = this.SourceProbe<int>().ViaMaterialized(flow, Keep.Both).ToMaterialized(this.SinkProbe<int>(), Keep.Both)
            .Run(Sys.Materializer());
        return (source, sink, job);
    }
}

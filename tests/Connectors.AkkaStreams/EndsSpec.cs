using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>A pipeline between a source and a sink of Akka.Streams: how one of them ends is how the other one does.</summary>
[Trait("Issue", "12")]
public sealed class EndsSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private readonly TaskCompletionSource<TestPublisher.Probe<int>> _source = new();
    private readonly TaskCompletionSource<TestSubscriber.Probe<int>> _sink = new();

    [Fact]
    public async Task Completion_goes_from_the_source_to_the_sink()
    {
        await using Job job = await StartAsync();
        (await _source.Task).SendNext(1).SendComplete();

        await (await _sink.Task).RequestNextAsync(1);
        (await _sink.Task).Request(1);

        await (await _sink.Task).ExpectCompleteAsync();
        await job.Completion;
    }

    [Fact]
    public async Task A_failure_goes_from_the_source_to_a_sink_that_has_rows_of_an_epoch()
    {
        await using Job job = await StartAsync();
        (await _source.Task).SendNext(1);
        await (await _sink.Task).RequestNextAsync(1);

        (await _source.Task).SendError(new InvalidOperationException("the line is dead"));

        Assert.Contains("the run has ended in the middle of an epoch", (await (await _sink.Task).ExpectErrorAsync()).Message, StringComparison.Ordinal);
        Assert.Contains("the line is dead", (await Assert.ThrowsAsync<SourceException>(() => job.Completion)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_reaches_a_sink_that_has_asked_for_none_of_its_rows()
    {
        await using Job job = await StartAsync();
        (await _source.Task).SendNext(1).SendNext(2);
        while (job.Metrics.Sources["in"].Rows < 2)
            await Task.Yield();

        (await _source.Task).SendError(new InvalidOperationException("the line is dead"));

        await (await _sink.Task).ExpectSubscriptionAndErrorAsync(signalDemand: false);
    }

    [Fact]
    public async Task A_cancellation_goes_from_the_sink_to_the_source()
    {
        await using Job job = await StartAsync();
        (await _source.Task).SendNext(1);
        await (await _sink.Task).RequestNextAsync(1);

        (await _sink.Task).Cancel();
        _ = job.CommitAsync();                                       // the end of the epoch notices it

        await (await _source.Task).ExpectCancellationAsync();
        await Assert.ThrowsAsync<SinkException>(() => job.Completion);
    }

    private Task<Job> StartAsync() => StartAsync(pipeline => pipeline
        .Read("in", AkkaSource.From(this.SourceProbe<int>().MapMaterializedValue(probe =>
        {
            _source.SetResult(probe);
            return probe;
        })))
        .Write("out", AkkaSink.To(this.SinkProbe<int>(), materialized: _sink.SetResult)));
}

using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.TestKit;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>The edges of running jobs: rows told to them, tables read from them.</summary>
[Trait("Issue", "12")]
public sealed class EdgesSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private static readonly JobOptions s_often = Quiet with { EpochInterval = TimeSpan.FromMilliseconds(10) };

    [Fact]
    public async Task The_task_of_an_ingress_ends_when_the_last_row_is_durable()
    {
        await using Job job = await SumAsync(s_often);

        long rows = await Source.From(Enumerable.Range(1, 1000)).RunWith(job.Ingress<int>("numbers").ToSink(), Sys.Materializer());

        Assert.Equal(1000, rows);
        Assert.Equal(500_500, await job.Table<string, long>("sums").GetAsync("all"));
    }

    [Fact]
    public async Task It_does_not_end_before_the_epoch_is_committed()
    {
        await using Job job = await SumAsync(Quiet);
        (TestPublisher.Probe<int> source, Task<long> durable) = this.SourceProbe<int>()
            .ToMaterialized(job.Ingress<int>().ToSink(), Keep.Both).Run(Sys.Materializer());

        source.SendNext(1).SendComplete();
        while (job.Metrics.Sources["numbers"].Rows < 1)
        {
            Assert.False(durable.IsCompleted);
            await job.CommitAsync();
        }

        await job.CommitAsync();
        Assert.Equal(1, await durable);
    }

    [Fact]
    public async Task An_ingress_with_little_room_takes_all_rows_one_epoch_after_the_other()
    {
        await using Job job = await SumAsync(s_often, capacityRows: 3);

        await Source.From(Enumerable.Range(1, 20)).RunWith(job.Ingress<int>().ToSink(), Sys.Materializer());

        Assert.Equal(210, await job.Table<string, long>("sums").GetAsync("all"));
    }

    [Fact]
    public async Task An_ingress_whose_job_has_ended_fails_the_sink_and_cancels_its_input()
    {
        await using Job job = await SumAsync(Quiet);
        (TestPublisher.Probe<int> source, Task<long> durable) = this.SourceProbe<int>()
            .ToMaterialized(job.Ingress<int>().ToSink(), Keep.Both).Run(Sys.Materializer());
        source.SendNext(1);

        await job.DisposeAsync();

        await source.ExpectCancellationAsync();
        await Assert.ThrowsAsync<JobException>(() => durable);
    }

    [Fact]
    public async Task A_failure_of_the_input_fails_the_task_and_not_the_job()
    {
        await using Job job = await SumAsync(Quiet);

        Task<long> durable = Source.Failed<int>(new InvalidOperationException("the line is dead")).RunWith(job.Ingress<int>().ToSink(), Sys.Materializer());

        Assert.Equal("the line is dead", (await Assert.ThrowsAsync<InvalidOperationException>(() => durable)).Message);
        await job.CommitAsync();
    }

    [Fact]
    public async Task An_ingress_that_is_completed_with_its_input_ends_the_job()
    {
        await using Job job = await SumAsync(Quiet);

        await Source.Single(7).RunWith(job.Ingress<int>().ToSink(completes: true), Sys.Materializer());

        await job.Completion;
    }

    [Fact]
    public async Task An_ingress_that_is_not_there_is_told_by_name()
    {
        await using Job job = await SumAsync(Quiet);

        Assert.Equal("Pipeline 'test': source 'orders' for rows of Int32 was asked for, and it has none. " +
            "A source of the pipeline must read an Ingress<Int32>; where several do, name one.",
            Assert.Throws<JobException>(() => job.Ingress<int>("orders")).Message);
    }

    [Fact]
    public async Task A_table_is_a_source_of_its_changes_that_goes_on_after_any_epoch()
    {
        await using Job job = await SumAsync(Quiet);
        TableView<string, long> sums = job.Table<string, long>("sums");
        await job.Ingress<int>().TellNowAsync(1);
        TestSubscriber.Probe<EpochChanges<string, long>> all = sums.ToSource().RunWith(this.SinkProbe<EpochChanges<string, long>>(), Sys.Materializer());
        all.Request(3);
        EpochChanges<string, long> snapshot = await all.ExpectNextAsync();
        await job.Ingress<int>().TellNowAsync(2);
        EpochChanges<string, long> changes = await all.ExpectNextAsync();

        EpochChanges<string, long> again = await sums.ToSource(after: snapshot.Epoch).RunWith(Sink.First<EpochChanges<string, long>>(), Sys.Materializer());

        Assert.True(snapshot.IsSnapshot);
        Assert.Equal(["1 ann +1"], snapshot.Changes.Select(change => $"{change.Row.Value} ann +{change.Weight}"));
        Assert.Equal(changes.Epoch, again.Epoch);
        Assert.Equal([(-1, 1L), (1, 3L)], again.Changes.Select(change => ((int)change.Weight, change.Row.Value)));
        job.EndObservers();
        await all.ExpectCompleteAsync();
    }

    private Task<Job> SumAsync(JobOptions options, int capacityRows = 1000) => StartAsync(
        pipeline => pipeline.Read("numbers", new Ingress<int>(capacityRows)).AsChanges().GroupBy(_ => "all").Sum("sum", row => (long)row)
            .Materialize("sums"),
        Store.InMemory(), options);
}

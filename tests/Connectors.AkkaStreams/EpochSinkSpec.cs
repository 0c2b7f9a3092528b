using Akka.Streams.Dsl;
using Xunit.Abstractions;

namespace ActorStreams.Connectors.AkkaStreams.Tests;

/// <summary>Epochs as elements that are acknowledged: the store decides what is told, and what was told and not acknowledged is told
/// again.</summary>
[Trait("Issue", "12")]
public sealed class EpochSinkSpec(ITestOutputHelper output) : JobsInSys(output)
{
    private readonly Store _store = Store.InMemory();
    private readonly List<EpochRows<string>> _told = [];
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task An_epoch_that_was_not_acknowledged_is_told_again_with_its_number_by_the_next_run()
    {
        var rows = new Ingress<string>();
        Task told;
        await using (Job first = await StartAsync(rows, Flow.Create<EpochRows<string>>().Select(Keep)
            .SelectAsync(1, static _ => new TaskCompletionSource<long>().Task)))
        {
            told = rows.TellNowAsync(["a", "b"]);
            await _first.Task;
        }

        await Assert.ThrowsAsync<JobException>(() => told);          // the store has them, but their teller was not told so

        await using Job second = await StartAsync(new Ingress<string>(), Flow.Create<EpochRows<string>>().Select(Keep));

        Assert.Equal([false, true], _told.Select(epoch => epoch.IsToldAgain));
        Assert.Equal(_told[0].Epoch, _told[1].Epoch);
        Assert.All(_told, epoch => Assert.Equal(["a", "b"], epoch.Rows));
        Assert.True(_told[1].Generation > _told[0].Generation);
    }

    [Fact]
    public async Task No_epoch_is_committed_before_the_one_before_it_is_acknowledged()
    {
        var rows = new Ingress<string>();
        var acknowledged = new TaskCompletionSource();
        await using Job job = await StartAsync(rows, Flow.Create<EpochRows<string>>().SelectAsync(1, async epoch =>
        {
            Keep(epoch);
            await acknowledged.Task;
            return epoch.Epoch;
        }));

        Task one = rows.TellNowAsync("a");
        await _first.Task;
        Task two = rows.TellNowAsync("b");
        Assert.Equal((_told[0].Epoch, false, false), (job.Epoch, one.IsCompleted, two.IsCompleted));
        acknowledged.SetResult();
        await one;
        await two;
        await job.CommitAsync();

        Assert.Equal(["a"], _told[0].Rows);
        Assert.Equal(["b"], _told[1].Rows);
    }

    [Fact]
    public async Task A_flow_that_acknowledges_another_number_fails_the_job()
    {
        var rows = new Ingress<string>();
        await using Job job = await StartAsync(rows, Flow.Create<EpochRows<string>>().Select(epoch => Keep(epoch) + 1));

        _ = rows.TellNowAsync("a");

        SinkException failure = await Assert.ThrowsAsync<SinkException>(() => job.Completion);
        Assert.Equal($"Pipeline 'test', sink 'out': epoch {_told[0].Epoch} was told, and the flow acknowledged {_told[0].Epoch + 1}. " +
            "It must give the number of each epoch once its rows are in the outside, and nothing else.", failure.Message);
    }

    [Fact]
    public async Task A_flow_that_fails_is_run_anew_and_told_the_epoch_again()
    {
        var rows = new Ingress<string>();
        await using Job job = await StartAsync(rows,
            Flow.Create<EpochRows<string>>()
                .Select(epoch => Keep(epoch) > 0 && _told.Count == 1 ? throw new InvalidOperationException("busy") : epoch.Epoch),
            Quiet with { Restart = new RestartPolicy(1, TimeSpan.Zero, TimeSpan.Zero) });

        _ = rows.TellNowAsync("a");
        await _second.Task;

        Assert.Equal(_told[0].Epoch, _told[1].Epoch);
    }

    [Fact]
    public async Task Without_a_store_it_is_refused()
    {
        SinkException refused = await Assert.ThrowsAsync<SinkException>(() => StartAsync(
            pipeline => pipeline.Read("in", Sources.Of(["a"])).Write("out", AkkaSink.Epochs(Flow.Create<EpochRows<string>>().Select(Keep)))));
        Assert.StartsWith("Pipeline 'test', sink 'out': epochs that are not acknowledged wait in the job's store, and the job has none.", refused.Message,
            StringComparison.Ordinal);
    }

    private long Keep(EpochRows<string> epoch)
    {
        _told.Add(epoch);
        (_told.Count == 1 ? _first : _second).TrySetResult();
        return epoch.Epoch;
    }

    private Task<Job> StartAsync(Ingress<string> rows, Flow<EpochRows<string>, long, Akka.NotUsed> flow, JobOptions? options = null) =>
        StartAsync(pipeline => pipeline.Read("in", rows).Write("out", AkkaSink.Epochs(flow)), _store, options ?? Quiet with { Restart = RestartPolicy.None });
}

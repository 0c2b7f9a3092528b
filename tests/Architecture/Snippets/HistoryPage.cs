using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/history.md.</summary>
[Trait("Issue", "13")]
public sealed class HistoryPage
{
    [Fact]
    public async Task What_was_is_read_and_a_job_goes_on_from_a_savepoint_in_another_store()
    {
        #region history-retain
        JobOptions options = new() { RetainEpochs = 10, RetainFor = TimeSpan.FromHours(1) };
        #endregion
        MemoryStore store = Store.InMemory(), elsewhere = Store.InMemory();
        var orders = new Ingress<string>();
        Pipeline pipeline = Orders(orders);
        await using (Job job = await Job.StartAsync(pipeline, store, options))
        {
            await orders.TellNowAsync("ann");
            DateTimeOffset halfAnHourAgo = DateTimeOffset.MaxValue;
            #region history-as-of
            long? then = await job.Table<string, long>("counts").AsOf(halfAnHourAgo).GetAsync("ann");
            long? same = await job.Entity<string, long>(new("count"), "ann").AsOfAsync(halfAnHourAgo);
            long epoch = await job.EpochAtAsync(halfAnHourAgo);
            #endregion
            Assert.Equal((1, 1), (then, same));
            Assert.True(epoch >= 1);

            #region history-save
            Savepoint saved = await job.SaveAsync("before-2.0");                                        // begins an epoch, and copies its state
            IReadOnlyList<Savepoint> all = await Savepoints.ListAsync(store, "orders");
            #endregion
            Assert.Equal([saved], all);
        }

        #region history-entity
        await foreach (EntityVersion<long> version in EntityHistory.ReadAsync(pipeline, store, new EntityHandle<string, long>("count"), "ann"))
            Console.WriteLine($"{version.CommittedAt:O}, epoch {version.Epoch}: {version.State}");
        #endregion

        #region history-restart
        await using Job again = await Job.StartAsync(pipeline, elsewhere, new JobOptions
        {
            RestartFromSavepoint = "before-2.0",
            SavepointStore = store,                                                                 // default: the job's own store
            Parallelism = 4,
        });
        #endregion
        Assert.Equal(1, await again.Table<string, long>("counts").GetAsync("ann"));
    }

    private static Pipeline Orders(Ingress<string> orders)
    {
        var pipeline = Pipeline.Create("orders");
        pipeline.Read("orders", orders).KeyBy(name => name).Aggregate("count", a => a.Count()).Materialize("counts");
        return pipeline;
    }
}

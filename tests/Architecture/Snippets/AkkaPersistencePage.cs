using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/akka-persistence.md.</summary>
[Trait("Issue", "13")]
public sealed class AkkaPersistencePage
{
    [Fact]
    public async Task State_goes_to_the_journal_plugin_and_rows_to_the_other_store()
    {
        string folder = Directory.CreateTempSubdirectory("akka-persistence").FullName, path = Path.Combine(folder, "orders.db");
        using var system = ActorSystem.Create("shop", ConfigurationFactory.ParseString("""
            akka.loglevel = WARNING
            akka.persistence.journal.plugin = "akka.persistence.journal.inmem"
            """));
        var pipeline = Pipeline.Create("orders");
        pipeline.Read("orders", Sources.Of(["ann", "bob", "ann"])).KeyBy(name => name).Aggregate("count", a => a.Count()).Materialize("counts");
        try
        {
            #region akka-persistence
            Store store = Store.AkkaPersistence(system, Store.Sqlite(path));
            await using Job job = await Job.StartAsync(pipeline, store);
            #endregion
            await job.Completion.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(2, await job.Table<string, long>("counts").GetAsync("ann"));
            await job.DisposeAsync();
            await store.DisposeAsync();
        }
        finally
        {
            await system.Terminate();
            Directory.Delete(folder, recursive: true);
        }
    }
}

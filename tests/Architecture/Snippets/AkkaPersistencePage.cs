using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/akka-persistence.md.</summary>
[Trait("Issue", "13")]
public sealed class AkkaPersistencePage
{
    private const string Journal = """
        akka.persistence.journal {
          plugin = "akka.persistence.journal.of-test"
          of-test.class = "Akka.Persistence.Journal.MemoryJournal, Akka.Persistence"
        }
        """;

    [Fact]
    public async Task A_service_keeps_state_in_the_plugin_that_its_system_names()
    {
        string folder = Directory.CreateTempSubdirectory("akka-persistence").FullName, path = Path.Combine(folder, "orders.db");
        string journal = Journal;
        Pipeline pipeline = Orders();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        IServiceCollection services = builder.Services;
        #region akka-persistence-service
        services.AddAkka("shop", akka => akka
            .AddHocon(journal, HoconAddMode.Prepend)            // or WithSqlPersistence(…), of Akka.Persistence.Sql.Hosting
            .WithActorStreams(streams => streams
                .UseSqlite(path)
                .AddPipeline(_ => pipeline)));
        #endregion
        using (IHost host = builder.Build())
        {
            await host.StartAsync();
            ActorSystem system = host.Services.GetRequiredService<ActorSystem>();
            await system.ActorStreams().Jobs["orders"].Completion.WaitAsync(TimeSpan.FromSeconds(30));
            await host.StopAsync();
        }

        await using Store alone = Store.Sqlite(path);
        var elsewhere = await Assert.ThrowsAsync<StoreException>(() => Job.StartAsync(Orders(), alone));
        Assert.Contains("entries, and", elsewhere.Message, StringComparison.Ordinal);
        await alone.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task State_goes_to_the_journal_plugin_and_rows_to_the_other_store()
    {
        string folder = Directory.CreateTempSubdirectory("akka-persistence").FullName, path = Path.Combine(folder, "orders.db");
        using var system = ActorSystem.Create("shop", ConfigurationFactory.ParseString("akka.loglevel = WARNING\n" + Journal));
        Pipeline pipeline = Orders();
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

    private static Pipeline Orders()
    {
        var pipeline = Pipeline.Create("orders");
        pipeline.Read("orders", Sources.Of(["ann", "bob", "ann"])).KeyBy(name => name)
            .Aggregate("count", a => a.Count()).Materialize("counts");
        return pipeline;
    }
}

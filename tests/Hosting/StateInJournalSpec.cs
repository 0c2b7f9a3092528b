using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Tests;

/// <summary>Where the ActorSystem of a service has a journal plugin, new jobs keep their state there, unless the service says
/// otherwise.</summary>
public sealed class StateInJournalSpec : IDisposable
{
    private const string Plugin = """
        akka.persistence.journal {
          plugin = "akka.persistence.journal.of-test"
          of-test.class = "Akka.Persistence.Journal.MemoryJournal, Akka.Persistence"
        }
        """;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-hosting-").FullName;
    private readonly LogLines _log = new();

    private string File => Path.Combine(_folder, "jobs.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task State_of_a_new_job_goes_to_the_journal_plugin_that_the_system_names()
    {
        await RunAsync(Plugin, streams => streams.UseSqlite(File));
        Assert.Contains(_log.Lines, line => line.Contains("state in the journal of ActorSystem 'shop'", StringComparison.Ordinal));

        // Without the plugin the store tells where the state is.
        await Assert.ThrowsAnyAsync<Exception>(() => RunAsync("", streams => streams.UseSqlite(File)));
    }

    [Fact]
    public async Task A_job_that_began_with_its_state_in_the_store_goes_on_there()
    {
        await RunAsync("", streams => streams.UseSqlite(File));
        await RunAsync(Plugin, streams => streams.UseSqlite(File));
        await RunAsync("", streams => streams.UseSqlite(File));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(Plugin, streams => streams.UseSqlite(File).UseAkkaPersistence()));
        Assert.Contains("was written without Akka.Persistence", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_says_that_state_is_kept_in_the_store_has_it_there()
    {
        await RunAsync(Plugin, streams => streams.UseSqlite(File).KeepStateInStore());
        Assert.DoesNotContain(_log.Lines, line => line.Contains("state in the journal", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_system_without_a_plugin_is_refused_where_state_is_to_be_in_one()
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync("", streams => streams.UseSqlite(File).UseAkkaPersistence()));
        Assert.Contains("The ActorSystem 'shop' names no journal plugin that outlives it", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_a_system_is_refused_where_state_is_to_be_in_its_plugin()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddActorStreams(streams => streams.UseSqlite(File).UseAkkaPersistence().AddPipeline(_ => Counts()));
        using IHost host = builder.Build();
        var error = await Assert.ThrowsAsync<PipelineException>(() => host.StartAsync().WaitAsync(s_limit));
        Assert.Equal("UseAkkaPersistence: the host has no ActorSystem. Add one with a journal plugin (services.AddAkka).", error.Message);
    }

    /// <summary>Runs a job in a host from its start to its end.</summary>
    private async Task RunAsync(string hocon, Action<ActorStreamsBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging(logging => logging.AddProvider(_log));
        builder.Services.AddAkka("shop", akka =>
        {
            if (hocon.Length > 0)
                akka.AddHocon(hocon, HoconAddMode.Prepend);
            akka.AddHocon("akka.loglevel = OFF", HoconAddMode.Prepend).WithActorStreams(streams =>
            {
                configure(streams);
                streams.AddPipeline(_ => Counts());
            });
        });
        using IHost host = builder.Build();
        await host.StartAsync().WaitAsync(s_limit);
        await host.Services.GetRequiredService<ActorSystem>().ActorStreams().Jobs["words"].Completion.WaitAsync(s_limit);
        await host.StopAsync().WaitAsync(s_limit);
    }

    private static Pipeline Counts()
    {
        var pipeline = Pipeline.Create("words");
        pipeline.Read("words", Sources.Of(["a", "b", "a"])).KeyBy(word => word).Aggregate("count", a => a.Count()).Materialize("counts");
        return pipeline;
    }
}

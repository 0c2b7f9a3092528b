using ActorStreams.Hosting.Runtime;
using Akka;
using Akka.Actor;
using Akka.DependencyInjection;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ActorStreams;

/// <summary>Pipelines in an ActorSystem that Akka.Hosting starts.</summary>
public static class ActorStreamsAkka
{
    /// <summary>Akka's own hook would shut down at the signal to end, beside the host, while a web server still answers requests that wait
    /// for the jobs. The host shuts the system down when its turn comes.</summary>
    private const string SignalsAreTheHosts = "akka.coordinated-shutdown.run-by-clr-shutdown-hook = off";

    /// <summary>Starts pipelines with the ActorSystem and stops them with it, after a last epoch.</summary>
    /// <remarks>
    /// <para>Jobs run under <c>/user/actorstreams</c>, by the settings <c>actorstreams</c> of the system's configuration, over which goes
    /// what is said here. They start in the order of the calls: actors that were added before are there when a definition is constructed,
    /// and actors that are added after find each job's actor under the type of its definition (<c>registry.Get&lt;T&gt;()</c>,
    /// <c>IRequiredActor&lt;T&gt;</c>). The jobs themselves, for views and entities, are <c>system.ActorStreams().Jobs</c>.</para>
    /// <para>What happens to jobs goes to the host's log (category <c>ActorStreams.Hosting</c>) and to the system's <c>EventStream</c>;
    /// their counts are instruments of the meter <see cref="ActorStreamsServices.MeterName"/>. When the host stops, observers end first;
    /// last epochs are committed in the phase <c>actorstreams-last-epoch</c> of the coordinated shutdown, when requests are done and
    /// before anything is handed off, within 30 seconds. So that this comes when the web server has stopped, the signal to end is the
    /// host's alone: <c>akka.coordinated-shutdown.run-by-clr-shutdown-hook</c> is off, unless it was set before.</para>
    /// <para>In a system that is a node of a cluster, <c>OnCluster()</c> (package ActorStreams.Cluster.Hosting) runs the pipelines on all
    /// nodes. Without it each process runs them whole, and processes with one store take them from each other.</para>
    /// </remarks>
    /// <param name="akka">The system's configuration.</param>
    /// <param name="configure">Names the store and the pipelines.</param>
    /// <exception cref="InvalidOperationException">The system, or its host, has pipelines already.</exception>
    public static AkkaConfigurationBuilder WithActorStreams(this AkkaConfigurationBuilder akka, Action<ActorStreamsBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(akka);
        ArgumentNullException.ThrowIfNull(configure);
        if (akka.Setups.OfType<ActorStreamsSetup>().Any())
            throw new InvalidOperationException($"{nameof(WithActorStreams)} was called twice. Name all pipelines in one call.");
        var settings = new HostedSettings();
        configure(new ActorStreamsBuilder(services: null, settings));
        if (settings.Cluster is { } cluster)
            akka.AddHocon(cluster.Settings, HoconAddMode.Append);
        return akka.AddSetup(new ActorStreamsSetup(settings))
            .AddHocon(ActorStreamsExtension.DefaultConfig(), HoconAddMode.Append)
            .AddHocon(SignalsAreTheHosts, HoconAddMode.Append)
            .WithActors((system, _, resolver) => StartAsync(system, resolver.GetService<IServiceProvider>(), settings));
    }

    /// <summary>Adds a check of the jobs, <c>actorstreams</c>, tagged <c>akka</c>, <c>ready</c> and <c>actorstreams</c>: unhealthy where a
    /// job has failed or is not running yet; degraded where it restarts after a failure, its store takes nothing, or no epoch was committed
    /// for <paramref name="epochAge"/>.</summary>
    /// <remarks>The same as <c>services.AddHealthChecks().AddActorStreams()</c>, for those who name their checks beside their actors: one
    /// of the two is enough.</remarks>
    /// <param name="akka">The system's configuration.</param>
    /// <param name="epochAge">How long a job may go without committing an epoch. Null: a minute. It should be several times the epoch
    /// interval.</param>
    public static AkkaConfigurationBuilder WithActorStreamsHealthCheck(this AkkaConfigurationBuilder akka, TimeSpan? epochAge = null)
    {
        ArgumentNullException.ThrowIfNull(akka);
        return akka.WithHealthCheck(JobHealth.Name, new AkkaJobHealth(epochAge), tags: ["akka", "ready", "actorstreams"]);
    }

    private static async Task StartAsync(ActorSystem system, IServiceProvider services, HostedSettings settings)
    {
        if (services.GetService<HostedSettings>() is not null)
        {
            throw new InvalidOperationException(
                $"The host has pipelines by {nameof(ActorStreamsServices.AddActorStreams)} and by {nameof(WithActorStreams)}. Name all in one of the two calls.");
        }

        var jobs = new HostedJobs(services, settings);
        // A web server stops before the ActorSystem does, and waits for those who observe.
        services.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(jobs.EndObservers);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "actorstreams-store", async () =>
        {
            await jobs.DisposeAsync();
            return Done.Instance;
        });
        await jobs.StartAsync(system, CancellationToken.None);
    }
}

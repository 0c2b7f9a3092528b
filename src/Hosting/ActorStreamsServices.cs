using ActorStreams.Hosting.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ActorStreams;

/// <summary>Jobs as services of a host.</summary>
public static class ActorStreamsServices
{
    /// <summary>Starts pipelines with the host and stops them with it, after a last epoch; <see cref="RunningJobs"/> gives access to
    /// them.</summary>
    /// <remarks>
    /// The host starts once every job has restored its state, and does not start if one cannot. What happens to jobs goes to the log
    /// (category <c>ActorStreams.Hosting</c>); their counts are instruments of the meter <see cref="MeterName"/>. May be called once for a
    /// collection. Where the host has an ActorSystem (<c>AddAkka</c>) the jobs run in it, by its settings; who configures Akka anyway says
    /// <c>akka.WithActorStreams(…)</c> instead.
    /// </remarks>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Names the store and the pipelines.</param>
    /// <exception cref="InvalidOperationException">The collection has it already.</exception>
    public static IServiceCollection AddActorStreams(this IServiceCollection services, Action<ActorStreamsBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(service => service.ServiceType == typeof(HostedSettings)))
            throw new InvalidOperationException($"{nameof(AddActorStreams)} was called twice. Name all pipelines in one call.");
        var settings = new HostedSettings();
        configure(new ActorStreamsBuilder(services, settings));
        services.AddSingleton(settings);
        services.AddMetrics();
        services.AddSingleton(settings.Jobs);
        services.AddSingleton<IHostedService, HostedService>();
        return services;
    }

    /// <summary>The name of the meter whose instruments count what jobs do: <c>actorstreams.source.rows</c>, <c>.late</c>,
    /// <c>.rejected</c>, <c>actorstreams.operator.count</c>, <c>actorstreams.job.epoch</c> and <c>actorstreams.job.restarts</c>.</summary>
    public const string MeterName = "ActorStreams";

    /// <summary>Adds a check, <c>actorstreams</c>, tagged <c>ready</c>: unhealthy where a job has failed or is not running yet; degraded
    /// where a store takes nothing, or no epoch was committed for
    /// <paramref name="epochAge"/>, as happens when a sink does not return.</summary>
    /// <param name="checks">The host's checks.</param>
    /// <param name="epochAge">How long a job may go without committing an epoch. Null: a minute. It should be several times the epoch
    /// interval.</param>
    public static IHealthChecksBuilder AddActorStreams(this IHealthChecksBuilder checks, TimeSpan? epochAge = null)
    {
        ArgumentNullException.ThrowIfNull(checks);
        checks.Services.AddSingleton(services => new JobHealth(ActorStreamsSetup.Of(services), epochAge));
        return checks.Add(
            new HealthCheckRegistration(JobHealth.Name, services => services.GetRequiredService<JobHealth>(), failureStatus: null,
            tags: ["ready", "actorstreams"]));
    }
}

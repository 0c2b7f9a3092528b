using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ActorStreams.Hosting.Runtime;

/// <summary>The health of jobs as Akka.Hosting asks for it.</summary>
/// <param name="epochAge">How long a job may go without committing an epoch; null: a minute.</param>
internal sealed class AkkaJobHealth(TimeSpan? epochAge) : IAkkaHealthCheck
{
    private volatile JobHealth? _health;

    public Task<HealthCheckResult> CheckHealthAsync(AkkaHealthCheckContext context, CancellationToken cancellationToken = default)
    {
        JobHealth? health = _health;
        if (health is null && ActorStreamsSetup.Of(context.ActorSystem) is { } settings)
            _health = health = new JobHealth(settings, epochAge);
        return Task.FromResult(health?.Check() ?? HealthCheckResult.Unhealthy("No pipelines run in this ActorSystem: say which by WithActorStreams."));
    }
}

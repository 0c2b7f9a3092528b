using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ActorStreams.Hosting.Runtime;

/// <summary>Whether every job does its work. A job without rows commits epochs too, so silence is not taken for death.</summary>
/// <remarks>A job of this process that begins anew is degraded: what is read of it is here. One of a cluster whose attempt does not run is
/// not ready: another node may have it.</remarks>
/// <param name="settings">What the host was told, and its jobs.</param>
/// <param name="epochAge">How long a job may go without committing an epoch; null: a minute.</param>
internal sealed class JobHealth(HostedSettings settings, TimeSpan? epochAge) : IHealthCheck
{
    public const string Name = "actorstreams";

    private readonly TimeSpan _epochAge = epochAge ?? TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Epoch, long Since)> _seen = new(StringComparer.Ordinal);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check());

    public HealthCheckResult Check()
    {
        RunningJobs jobs = settings.Jobs;
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        var failed = new List<string>();
        var waiting = new List<string>();
        foreach ((string pipeline, IJob job) in jobs.All)
        {
            data[$"{pipeline}.epoch"] = job.Epoch;
            data[$"{pipeline}.restarts"] = job.Restarts;
            if (job.Completion.IsFaulted)
                failed.Add($"pipeline '{pipeline}' has failed: {job.Completion.Exception!.InnerException!.Message}");
            else if (job is not Job && job is { IsRunning: false, Completion.IsCompleted: false })
                failed.Add(job.Conditions.FirstOrDefault()?.Message
                    ?? $"pipeline '{pipeline}': no attempt runs on the cluster at the moment");
            else if (job.Conditions is { Count: > 0 } conditions)
                waiting.AddRange(conditions.Select(condition => condition.Message));
            else if (!job.Completion.IsCompleted && IsStuck(pipeline, job))
                waiting.Add($"pipeline '{pipeline}' has committed nothing after epoch {job.Epoch} for {_epochAge}; a sink or a call may not return");
        }

        if (jobs.All.Count < settings.Pipelines.Count)
            failed.Add($"{settings.Pipelines.Count - jobs.All.Count} of {settings.Pipelines.Count} pipelines are not running yet");
        return new HealthCheckResult(
            failed.Count > 0 ? HealthStatus.Unhealthy : waiting.Count > 0 ? HealthStatus.Degraded : HealthStatus.Healthy,
            failed.Count + waiting.Count > 0 ? string.Join("; ", [.. failed, .. waiting]) : null, data: data);
    }

    private bool IsStuck(string pipeline, IJob job)
    {
        TimeProvider clock = settings.Options.Clock;
        lock (_lock)
        {
            long epoch = job.Epoch, now = clock.GetTimestamp();
            if (!_seen.TryGetValue(pipeline, out (long Epoch, long Since) seen) || seen.Epoch != epoch)
                _seen[pipeline] = seen = (epoch, now);
            return clock.GetElapsedTime(seen.Since, now) >= _epochAge;
        }
    }
}

using ActorStreams.Serving.Access;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;

namespace ActorStreams.Serving.Jobs;

/// <summary>The jobs of the host, by name.</summary>
internal static class ServedJobs
{
    public static IEnumerable<KeyValuePair<string, IJob>> All(IServiceProvider services)
    {
        RunningJobs jobs = services.GetService<RunningJobs>() ?? services.GetRequiredService<ActorSystem>().ActorStreams().Jobs;
        return jobs.All;
    }

    /// <exception cref="NotThereException">There is none of that name.</exception>
    public static IJob Of(IServiceProvider services, string name) =>
        All(services).FirstOrDefault(job => job.Key == name) is { Value: { } found } ? found
            : throw new NotThereException("job", name, All(services).Select(static job => job.Key));

    /// <summary>The time by which clients are slow.</summary>
    public static TimeProvider ClockOf(IServiceProvider services) => services.GetService<TimeProvider>() ?? new JobOptions().Clock;
}

using ActorStreams.Actors.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Actors.Systems;

/// <summary>The ActorSystem of jobs that were given none: started with the first, shared by all of the process, ended when there has been
/// none for a while.</summary>
/// <remarks>A start takes 5 to 10 ms of processor time, and keeps the runtime from compiling the loops of the job with full optimisation
/// for as long as it meets new methods. Programs that run one short job after the other (tests, batches) pay for it once. It keeps no
/// process alive: none of its threads is a foreground thread.</remarks>
internal static class LocalSystem
{
    /// <summary>A system of which nobody hears but through its jobs, and that ends by nobody's hand but ours.</summary>
    internal const string Quiet = """
        akka {
          stdout-loglevel = OFF
          loglevel = OFF
          loggers = []
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.run-by-actor-system-terminate = off
        }
        """;

    /// <summary>With the reference configuration, so that nothing is put together anew for each system.</summary>
    private static readonly Lazy<Config> s_config =
        new(static () => ConfigurationFactory.ParseString(Quiet).WithFallback(ReferenceConf.Parsed));

    /// <summary>How long it waits for another job after the last has ended.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private static readonly Lock s_lock = new();
    private static readonly Timer s_ending = new(static _ => EndIfUnused());
    private static ActorSystem? s_system;
    private static int s_jobs;

    /// <summary>Takes part in the system; each call is answered by one of <see cref="Leave"/>.</summary>
    public static ActorSystem Join()
    {
        lock (s_lock)
        {
            s_jobs++;
            s_ending.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (s_system is null or { WhenTerminated.IsCompleted: true })
                s_system = ActorSystem.Create("actorstreams", s_config.Value);
            return s_system;
        }
    }

    public static void Leave()
    {
        lock (s_lock)
        {
            if (--s_jobs == 0)
                s_ending.Change(s_grace, Timeout.InfiniteTimeSpan);
        }
    }

    private static void EndIfUnused()
    {
        ActorSystem? unused = null;
        lock (s_lock)
        {
            if (s_jobs == 0)
                (unused, s_system) = (s_system, null);
        }

        _ = unused?.Terminate();
    }
}

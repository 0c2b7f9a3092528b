using ActorStreams.Actors.Settings;
using Akka.Actor;
using Akka.Configuration;

namespace ActorStreams.Actors.Systems;

/// <summary>The ActorSystem of jobs that were given none: started with the first, shared by all of the process, ended with the
/// last.</summary>
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

    private static readonly Lock s_lock = new();
    private static ActorSystem? s_system;
    private static int s_jobs;

    /// <summary>Takes part in the system; each call is answered by one of <see cref="Leave"/>.</summary>
    public static ActorSystem Join()
    {
        lock (s_lock)
        {
            s_jobs++;
            return s_system ??= ActorSystem.Create("actorstreams", s_config.Value);
        }
    }

    public static void Leave()
    {
        ActorSystem? last = null;
        lock (s_lock)
        {
            if (--s_jobs == 0)
                (last, s_system) = (s_system, null);
        }

        _ = last?.Terminate();
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using ActorStreams.Actors.Systems;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace ActorStreams.TestKit;

/// <summary>Makes ActorSystems that live on the thread of a simulation: every mailbox of every actor is a task of its loop.</summary>
/// <remarks>Classes that HOCON names are made by Akka from a configuration alone, so they find their simulation by its number.</remarks>
internal static class SimulatedSystem
{
    private const string Number = "simulation.number";

    private static readonly ConcurrentDictionary<int, WeakReference<SimulationLoop>> s_loops = new();
    private static int s_last;

    public static ActorSystem Create(SimulationLoop loop)
    {
        string settings = $$"""
            {{LocalSystem.Quiet}}
            akka.actor.default-mailbox.mailbox-type = "{{Named<SimulatedMailbox>()}}"
            """;
        return ActorSystem.Create("simulation", ConfigurationFactory.ParseString(settings)
            .WithFallback(SettingsOf(loop)).WithFallback(ActorStreamsExtension.DefaultConfig()));
    }

    /// <summary>Settings of a system whose actors and timers are the loop's.</summary>
    public static Config SettingsOf(SimulationLoop loop)
    {
        int number = Interlocked.Increment(ref s_last);
        s_loops[number] = new WeakReference<SimulationLoop>(loop);
        string dispatcher = $$"""
            {
              type = Dispatcher
              executor = "{{Named<SimulatedExecutorConfigurator>()}}"
              throughput = 1
            }
            """;
        return ConfigurationFactory.ParseString($$"""
            akka {
              scheduler.implementation = "{{Named<SimulatedTimers>()}}"
              actor {
                default-dispatcher = {{dispatcher}}
                internal-dispatcher = {{dispatcher}}
                default-blocking-io-dispatcher = {{dispatcher}}
              }
            }
            actorstreams.dispatcher = "akka.actor.default-dispatcher"
            {{Number}} = {{number}}
            """);
    }

    /// <summary>The loop that a system's actors run on; null: it is a system like any other.</summary>
    public static SimulationLoop? FindLoopOf(ActorSystem system) =>
        system.Settings.Config.HasPath(Number) ? LoopOf(system.Settings.Config) : null;

    /// <summary>Adds a dispatcher for the actors of one process.</summary>
    /// <returns>Its name.</returns>
    public static string AddDispatcher(ActorSystem system, SimulationScheduler process)
    {
        Dispatchers dispatchers = system.Dispatchers;
        string id = $"process-{Interlocked.Increment(ref s_last)}";
        dispatchers.RegisterConfigurator(id,
            new ProcessDispatcher(id, dispatchers.DefaultDispatcherConfig, dispatchers.Prerequisites, process));
        return id;
    }

    /// <param name="config">All settings of the system.</param>
    public static SimulationLoop LoopOf(Config config) =>
        s_loops.TryGetValue(config.GetInt(Number), out WeakReference<SimulationLoop>? known) && known.TryGetTarget(out SimulationLoop? loop)
            ? loop
            : throw new InvalidOperationException($"There is no simulation {config.GetString(Number)}.");

    private static string Named<T>() => string.Create(CultureInfo.InvariantCulture, $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}");

    /// <summary>The dispatcher of one process's actors.</summary>
    private sealed class ProcessDispatcher : MessageDispatcherConfigurator
    {
        private readonly Dispatcher _dispatcher;

        public ProcessDispatcher(string id, Config config, IDispatcherPrerequisites prerequisites, SimulationScheduler process)
            : base(config, prerequisites) =>
            _dispatcher = new Dispatcher(this, id, throughput: 1, throughputDeadlineTime: null, new ProcessExecutorFactory(process),
                shutdownTimeout: TimeSpan.FromSeconds(1));

        public override MessageDispatcher Dispatcher() => _dispatcher;
    }
}

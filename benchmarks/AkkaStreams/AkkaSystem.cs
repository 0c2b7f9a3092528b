using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;

namespace ActorStreams.Benchmarks.AkkaStreams;

/// <summary>The ActorSystem in which graphs run; started once, outside of every measurement.</summary>
internal static class AkkaSystem
{
    public static ActorSystem System { get; } = ActorSystem.Create("benchmarks", ConfigurationFactory.ParseString("""
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """));

    public static IMaterializer Materializer { get; } = System.Materializer();
}

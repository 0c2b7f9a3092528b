using Akka.Actor;

namespace ActorStreams.Cluster.Entities;

/// <summary>How large a value may be that goes to another node in one message: as Akka.Remote is configured, less what is around
/// it.</summary>
internal static class FrameLimit
{
    public const string Setting = "akka.remote.dot-netty.tcp.maximum-frame-size";

    private const long Default = 128_000, Around = 8_000;

    public static int Of(ActorSystem system) =>
        (int)Math.Clamp((system.Settings.Config.GetByteSize(Setting) ?? Default) - Around, 1_000, int.MaxValue);

    /// <summary>What to do about a value that is larger.</summary>
    public static string Text(string what, int bytes, int most) =>
        $"{what} has {bytes:N0} bytes, and a message between nodes takes {most:N0}. Raise {Setting} on all nodes, or keep less in one.";
}

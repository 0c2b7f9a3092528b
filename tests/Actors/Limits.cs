namespace ActorStreams.Actors.Tests;

internal static class Limits
{
    /// <summary>After this a test hangs.</summary>
    public static readonly TimeSpan Test = TimeSpan.FromSeconds(60);
}

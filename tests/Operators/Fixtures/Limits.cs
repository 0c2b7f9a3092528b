namespace ActorStreams.Operators.Tests.Fixtures;

internal static class Limits
{
    /// <summary>After this a test hangs.</summary>
    public static readonly TimeSpan Test = TimeSpan.FromSeconds(60);
}

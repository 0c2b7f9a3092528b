namespace ActorStreams.Operators.Tests.Fixtures;

internal static class Limits
{
    /// <summary>After this a test hangs, also on a busy machine.</summary>
    public static readonly TimeSpan Test = TimeSpan.FromMinutes(3);
}

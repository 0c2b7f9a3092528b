namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>A clock that shows the minute in which the golden stores were made: whenever they are gone on with, it is just after
/// that.</summary>
/// <remarks>Otherwise the event time of a topic would have gone on with the clock since its last writer left, by days and years.</remarks>
internal sealed class GoldenClock : TimeProvider
{
    private static readonly DateTimeOffset s_made = new(2026, 11, 29, 23, 19, 0, TimeSpan.Zero);

    private readonly long _start = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => s_made + System.GetElapsedTime(_start);
}

namespace ActorStreams.Conformance.Tests.Sql;

/// <summary>Shows the time that a case sets; what waits for time to pass waits for real time.</summary>
internal sealed class CaseClock : TimeProvider
{
    private DateTimeOffset? _set;

    public void Set(DateTimeOffset time) => _set = time;

    public override DateTimeOffset GetUtcNow() => _set ?? base.GetUtcNow();
}

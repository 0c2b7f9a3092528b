using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>What expressions read beside their row, and what their errors name.</summary>
internal sealed class RowContext
{
    /// <summary>The statement, as errors name it; null: it has no name.</summary>
    public string? Statement { get; init; }

    /// <summary>What <see cref="Now"/> follows; null: it is set by who runs the expressions.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>What now() gives: set for a run of rows, so that all of them see one time.</summary>
    public TimestampTz Now { get; set; }

    /// <summary>A run of rows begins.</summary>
    public void Begin()
    {
        if (Clock is not null)
            Now = new TimestampTz(Clock.GetUtcNow().ToMicros());
    }
}

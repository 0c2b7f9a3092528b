using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Expressions.Compilation;

/// <summary>What expressions read beside their row.</summary>
internal sealed class RowContext
{
    /// <summary>What now() gives: set for a batch, so that all its rows see one time.</summary>
    public TimestampTz Now { get; set; }
}

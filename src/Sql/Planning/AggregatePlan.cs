using ActorStreams.Sql.Values;

namespace ActorStreams.Sql.Planning;

/// <summary>What aggregates and functions over windows have in common.</summary>
internal static class AggregatePlan
{
    /// <summary>The type of a column that keeps a value: without a length, and text where no type was said.</summary>
    public static SqlType Stored(SqlType type) => type.Kind is SqlKind.Varchar or SqlKind.Unknown ? SqlType.Text : type.Plain;
}

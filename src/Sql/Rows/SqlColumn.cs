namespace ActorStreams;

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as PostgreSQL writes it: <c>bigint</c>, <c>numeric(10,2)</c>, <c>timestamp with time zone</c>.</param>
/// <param name="IsNullable">False only if it is certain that it is never null.</param>
public sealed record SqlColumn(string Name, string Type, bool IsNullable)
{
    /// <summary>Name and type.</summary>
    public override string ToString() => $"{Name} {Type}";
}

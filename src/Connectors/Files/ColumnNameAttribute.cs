namespace ActorStreams;

/// <summary>The name of the CSV column, or Avro field, that a constructor parameter or property is read from and written to, where it
/// differs from its own name.</summary>
/// <example><code>record Quake(string Id, [ColumnName("net")] string Network, [ColumnName("mag")] double? Magnitude);</code></example>
/// <param name="name">The column's name in the header; case does not matter when it is read.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class ColumnNameAttribute(string name) : Attribute
{
    /// <summary>The column's name in the header.</summary>
    public string Name { get; } = name;
}

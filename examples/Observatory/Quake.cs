using ActorStreams;

namespace Observatory;

/// <summary>An earthquake as the feed tells of it.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Time">When the earth shook: the event time.</param>
/// <param name="Network">The network of seismometers that reported it.</param>
/// <param name="Magnitude">Null if nobody has determined it yet.</param>
/// <param name="Place">In words.</param>
/// <param name="Longitude">In degrees east.</param>
/// <param name="Latitude">In degrees north.</param>
internal sealed record Quake(string Id, DateTimeOffset Time, [property: ColumnName("net")] string Network,
    [property: ColumnName("mag")] double? Magnitude, string Place, double Longitude, double Latitude);

/// <summary>What a network has seen.</summary>
/// <param name="Count">How many earthquakes.</param>
/// <param name="Strongest">The magnitude of the strongest; null: none is determined.</param>
internal sealed record Seen(long Count, double? Strongest);

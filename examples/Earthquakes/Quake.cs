using ActorStreams;

namespace Earthquakes;

/// <summary>An earthquake as the feed tells of it: the columns that the job needs.</summary>
/// <param name="Time">When the earth shook: the event time.</param>
/// <param name="Network">The network of seismometers that reported it.</param>
/// <param name="Magnitude">Null if nobody has determined it yet.</param>
internal readonly record struct Quake(DateTimeOffset Time, [property: ColumnName("net")] string Network,
    [property: ColumnName("mag")] double? Magnitude);

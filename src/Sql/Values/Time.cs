using ActorStreams.Core.Keys;

namespace ActorStreams.Sql.Values;

/// <summary>A time of day.</summary>
/// <param name="Micros">Since midnight, in microseconds; 24:00 is the last one.</param>
internal readonly record struct Time(long Micros) : IComparable<Time>, IHashedKey
{
    public int CompareTo(Time other) => Micros.CompareTo(other.Micros);

    ulong IHashedKey.HashOf(ulong seed) => KeyHash<long>.Of(Micros, seed);

    public override string ToString() => DateTimeText.Of(this);
}

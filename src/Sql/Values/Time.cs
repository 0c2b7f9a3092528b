namespace ActorStreams.Sql.Values;

/// <summary>A time of day.</summary>
/// <param name="Micros">Since midnight, in microseconds; 24:00 is the last one.</param>
internal readonly record struct Time(long Micros) : IComparable<Time>
{
    public int CompareTo(Time other) => Micros.CompareTo(other.Micros);

    public override string ToString() => DateTimeText.Of(this);
}

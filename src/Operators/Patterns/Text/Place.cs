namespace ActorStreams.Operators.Patterns.Text;

/// <summary>A row's place in the order in which its key's rows are matched.</summary>
internal readonly record struct Place(long Time, long Number) : IComparable<Place>
{
    /// <summary>Before every row.</summary>
    public static Place First => new(EventTime.MinValue, long.MinValue);

    public Place Next => this with { Number = Number + 1 };

    public static bool operator <(Place left, Place right) => left.CompareTo(right) < 0;

    public static bool operator >(Place left, Place right) => left.CompareTo(right) > 0;

    public int CompareTo(Place other) => Time != other.Time ? Time.CompareTo(other.Time) : Number.CompareTo(other.Number);
}

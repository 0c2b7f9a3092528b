namespace ActorStreams;

/// <summary>Where the first run of a reader begins in a topic.</summary>
public sealed class TopicStart
{
    private TopicStart(string description, Place at, long value) => (Description, At, Value) = (description, at, value);

    internal enum Place
    {
        Beginning,
        End,
        Offset,
        Time,
    }

    /// <summary>At the oldest row there is.</summary>
    public static TopicStart Beginning { get; } = new("the beginning", Place.Beginning, 0);

    /// <summary>After the newest row there is when the job starts.</summary>
    public static TopicStart End { get; } = new("the end", Place.End, 0);

    internal string Description { get; }

    internal Place At { get; }

    internal long Value { get; }

    /// <summary>At this offset, in every partition that has come so far; at its end in the others.</summary>
    public static TopicStart Offset(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new($"offset {offset}", Place.Offset, offset);
    }

    /// <summary>At the first row with this event time or a later one, in each partition. Rows after it may be earlier, if they came out of
    /// order.</summary>
    public static TopicStart Time(DateTimeOffset time) => new($"{time:O}", Place.Time, time.ToMicros());
}

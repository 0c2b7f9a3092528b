namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>A key's partial matches.</summary>
internal struct KeyRuns
{
    /// <summary>The first of its runs; -1: none.</summary>
    public int First;

    /// <summary>The first of its complete matches that wait for earlier ones; -1: none.</summary>
    public int FirstComplete;

    /// <summary>How many names the journal has given to its nodes; negative: the journal has nothing of it.</summary>
    public int Names;

    /// <summary>When the next of its runs is over.</summary>
    public long Deadline;

    /// <summary>When the region looks at the key next; not stored.</summary>
    public long Alarm;

    public static KeyRuns None =>
        new() { First = -1, FirstComplete = -1, Names = -1, Deadline = EventTime.MaxValue, Alarm = EventTime.MaxValue };

    public readonly bool IsEmpty => First < 0 && FirstComplete < 0;
}

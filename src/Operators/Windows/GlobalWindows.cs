namespace ActorStreams;

/// <summary>One window for all of time, complete at the end of a bounded input only: to be used with a trigger.</summary>
public sealed class GlobalWindows : WindowAssigner, IPartitionOfTime
{
    internal GlobalWindows()
    {
    }

    /// <summary>The window.</summary>
    public static Window Window => new(EventTime.MinValue, EventTime.MaxValue);

    internal override long Granularity => 0;

    /// <inheritdoc/>
    public override string ToString() => "global";

    long IPartitionOfTime.StartOf(long time) => EventTime.MinValue;

    long IPartitionOfTime.EndOf(long start) => EventTime.MaxValue;

    internal override Window Assign(long time, ICollection<Window> windows)
    {
        windows.Add(Window);
        return Window;
    }
}

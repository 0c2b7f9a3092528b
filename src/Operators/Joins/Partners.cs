namespace ActorStreams.Operators.Joins;

/// <summary>Which event times of the other side a row can meet. Both grow with their argument. A struct, so that the loops around it are
/// compiled for it.</summary>
internal interface IPartners<TSelf>
    where TSelf : struct, IPartners<TSelf>
{
    long First(long time);

    long Last(long time);

    /// <summary>The same as the other side sees it.</summary>
    TSelf Mirrored { get; }
}

/// <summary>Other − own in [lower, upper].</summary>
internal readonly record struct IntervalPartners(long Lower, long Upper) : IPartners<IntervalPartners>
{
    public long First(long time) => EventTime.AddSaturated(time, Lower);

    public long Last(long time) => EventTime.AddSaturated(time, Upper);

    public IntervalPartners Mirrored => new(-Upper, -Lower);
}

/// <summary>Both in one window [offset + k·size, offset + (k+1)·size).</summary>
internal readonly record struct WindowPartners(long Size, long Offset) : IPartners<WindowPartners>
{
    public long First(long time) => time - EventTime.FloorMod(time - Offset, Size);

    public long Last(long time) => EventTime.AddSaturated(First(time), Size - 1);

    public WindowPartners Mirrored => this;
}

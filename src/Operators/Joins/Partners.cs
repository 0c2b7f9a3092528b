using ActorStreams.Core.Time;

namespace ActorStreams.Operators.Joins;

/// <summary>Which event times of one side can meet which of the other. All four grow with their argument. A struct, so that the loops around it are compiled for it.</summary>
internal interface IPartners
{
    long FirstOfLeft(long leftTime);

    long LastOfLeft(long leftTime);

    long FirstOfRight(long rightTime);

    long LastOfRight(long rightTime);
}

/// <summary>right − left in [lower, upper].</summary>
internal readonly record struct IntervalPartners(long Lower, long Upper) : IPartners
{
    public long FirstOfLeft(long leftTime) => EventTime.AddSaturated(leftTime, Lower);

    public long LastOfLeft(long leftTime) => EventTime.AddSaturated(leftTime, Upper);

    public long FirstOfRight(long rightTime) => EventTime.AddSaturated(rightTime, -Upper);

    public long LastOfRight(long rightTime) => EventTime.AddSaturated(rightTime, -Lower);
}

/// <summary>Both in one window [offset + k·size, offset + (k+1)·size).</summary>
internal readonly record struct WindowPartners(long Size, long Offset) : IPartners
{
    public long FirstOfLeft(long leftTime) => leftTime - EventTime.FloorMod(leftTime - Offset, Size);

    public long LastOfLeft(long leftTime) => EventTime.AddSaturated(FirstOfLeft(leftTime), Size - 1);

    public long FirstOfRight(long rightTime) => FirstOfLeft(rightTime);

    public long LastOfRight(long rightTime) => LastOfLeft(rightTime);
}

namespace ActorStreams.Core.Time;

/// <summary>How keys' watermarks follow from their rows, in microseconds.</summary>
internal sealed record KeyWatermarkSettings(long Bound, long? IdleAfter, long? TimeToLive)
{
    public override string ToString() => $"watermark per key, bound {TimeSpan.FromMicroseconds(Bound)}" +
        (IdleAfter is { } idle ? $", idle after {TimeSpan.FromMicroseconds(idle)}" : "") +
        (TimeToLive is { } live ? $", forgotten after {TimeSpan.FromMicroseconds(live)}" : "");
}

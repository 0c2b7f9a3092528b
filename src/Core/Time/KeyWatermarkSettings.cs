namespace ActorStreams.Core.Time;

/// <summary>How keys' watermarks follow from their rows, in microseconds.</summary>
internal sealed record KeyWatermarkSettings(long Bound, long? IdleAfter, long? ForgetAfter)
{
    public override string ToString() => $"watermark per key, bound {TimeSpan.FromMicroseconds(Bound)}" +
        (IdleAfter is { } idle ? $", idle after {TimeSpan.FromMicroseconds(idle)}" : "") +
        (ForgetAfter is { } forget ? $", forgotten after {TimeSpan.FromMicroseconds(forget)}" : "");
}

using System.Runtime.InteropServices;

namespace ActorStreams.Core.Exchange;

internal enum MessageKind : byte
{
    /// <summary>A batch of rows.</summary>
    Batch,

    /// <summary>No element with a smaller time is expected on this lane.</summary>
    Watermark,

    /// <summary>The lane has no say in the watermark until its next batch or watermark.</summary>
    Idle,

    /// <summary>Everything before belongs to the epoch, everything after to the next one.</summary>
    Barrier,
}

/// <summary>What travels between actors.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LaneMessage(MessageKind Kind, object? Batch, long Value, bool IsFinal = false)
{
    public static LaneMessage Watermark(long watermark) => new(MessageKind.Watermark, null, watermark);

    public static LaneMessage Barrier(long epoch, bool isFinal) => new(MessageKind.Barrier, null, epoch, isFinal);

    public static LaneMessage Idle { get; } = new(MessageKind.Idle, null, 0);
}

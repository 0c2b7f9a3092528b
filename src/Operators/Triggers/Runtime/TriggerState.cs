using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Triggers.Runtime;

/// <summary>What a trigger remembers of one key and window: a bit per node that has finished, and a number per node that counts or waits.
/// Default: nothing yet.</summary>
internal struct TriggerState
{
    public const int InlineSlots = 2;

    public ulong Finished;
    public long A;
    public long B;
    public long[]? More;

    /// <summary>The number of a node. One that is a time is stored with its sign bit flipped, so that 0 means none.</summary>
    [UnscopedRef]
    public ref long Slot(int slot)
    {
        if (slot == 0)
            return ref A;
        if (slot == 1)
            return ref B;
        return ref More![slot - InlineSlots];
    }
}

/// <summary>What a trigger may look at: it has no clock of its own.</summary>
/// <param name="window">The window.</param>
/// <param name="progress">The watermark; for windows in processing time, the clock.</param>
/// <param name="expiry">Where the window expires.</param>
/// <param name="clock">Processing time.</param>
/// <param name="merges">Whether windows of the kind merge.</param>
internal readonly struct Moment(Window window, long progress, long expiry, long clock, bool merges)
{
    public readonly Window Window = window;
    public readonly long Progress = progress;
    public readonly long Expiry = expiry;
    public readonly long Clock = clock;
    public readonly bool Merges = merges;

    public bool IsComplete
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Progress >= Window.End;
    }

    public bool IsExpired
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Progress >= Expiry;
    }
}

using System.Globalization;

namespace ActorStreams.Operators.Triggers.Runtime;

internal sealed record AfterCountTrigger(int Rows) : Trigger
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"after {Rows} rows");

    internal override TriggerNode Build(TriggerBuild build) => new Node(build, Rows);

    private sealed class Node(TriggerBuild build, int wanted) : TriggerNode(build)
    {
        private readonly int _slot = build.Slot();

        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now) => state.Slot(_slot) += rows;

        public override bool IsReady(ref TriggerState state, in Moment now) => state.Slot(_slot) >= wanted;

        public override void Fire(ref TriggerState state, in Moment now)
        {
            Clear(ref state);
            SetFinished(ref state, true);
        }

        public override void Clear(ref TriggerState state) => state.Slot(_slot) = 0;

        public override int Quiet(ref TriggerState state, in Moment now) =>
            IsFinished(state) ? Forever : (int)Math.Max(0, wanted - 1 - state.Slot(_slot));

        public override void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now)
        {
            SetFinished(ref merged, IsFinishedInAny(parts));
            if (IsFinished(merged))
                return;
            foreach (ref TriggerState part in parts)
                merged.Slot(_slot) += part.Slot(_slot);
        }
    }
}

internal sealed record AfterProcessingTimeTrigger(TimeSpan Delay) : Trigger
{
    public override string ToString() => $"after {Delay} of processing time";

    internal override TriggerNode Build(TriggerBuild build)
    {
        build.UsesClock = true;
        return new Node(build, Delay.ToMicros());
    }

    private sealed class Node(TriggerBuild build, long delay) : ClockNode(build)
    {
        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
        {
            if (!HasTime(ref state) && !IsFinished(state))
                SetTime(ref state, EventTime.AddSaturated(now.Clock, delay));
        }

        public override bool IsReady(ref TriggerState state, in Moment now) => HasTime(ref state) && now.Clock >= Time(ref state);

        public override void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now)
        {
            SetFinished(ref merged, IsFinishedInAll(parts));
            if (!IsFinished(merged))
                base.Merge(parts, ref merged, now);
        }
    }
}

internal sealed record AfterWindowProcessingTimeTrigger : Trigger
{
    public override string ToString() => "after the window's end in processing time";

    internal override TriggerNode Build(TriggerBuild build)
    {
        build.UsesClock = true;
        return new Node(build);
    }

    /// <summary>Keeps the window's end from its first row on, so that its timer can be set again after a restart.</summary>
    private sealed class Node(TriggerBuild build) : ClockNode(build)
    {
        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
        {
            if (!HasTime(ref state) && !IsFinished(state))
                SetTime(ref state, now.Window.End);
        }

        public override bool IsReady(ref TriggerState state, in Moment now) => HasTime(ref state) && now.Clock >= now.Window.End;

        public override void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now)
        {
            SetFinished(ref merged, IsFinishedInAll(parts) && now.Clock >= now.Window.End);
            if (!IsFinished(merged))
                SetTime(ref merged, now.Window.End);
        }
    }
}

/// <summary>A part that waits for a time. Merging keeps the earliest.</summary>
internal abstract class TimeNode(TriggerBuild build) : TriggerNode(build)
{
    private readonly int _slot = build.Slot();

    public override void Clear(ref TriggerState state) => state.Slot(_slot) = 0;

    public override void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now)
    {
        foreach (ref TriggerState part in parts)
        {
            if (HasTime(ref part) && (!HasTime(ref merged) || Time(ref part) < Time(ref merged)))
                SetTime(ref merged, Time(ref part));
        }
    }

    protected bool HasTime(ref TriggerState state) => state.Slot(_slot) != 0;

    protected long Time(ref TriggerState state) => state.Slot(_slot) ^ long.MinValue;

    /// <summary>The very first instant there is counts as the one after it: its code means none.</summary>
    protected void SetTime(ref TriggerState state, long time) => state.Slot(_slot) = Math.Max(time, long.MinValue + 1) ^ long.MinValue;
}

/// <summary>A part that fires once, when the clock reaches the time that it remembers.</summary>
internal abstract class ClockNode(TriggerBuild build) : TimeNode(build)
{
    public override void Fire(ref TriggerState state, in Moment now)
    {
        Clear(ref state);
        SetFinished(ref state, true);
    }

    public override int Quiet(ref TriggerState state, in Moment now) => HasTime(ref state) || IsFinished(state) ? Forever : 0;

    public override bool IsDue(ref TriggerState state, in Moment now, bool byClock) => byClock && IsReady(ref state, now);

    public override long NextClock(ref TriggerState state, in Moment now) => HasTime(ref state) && !IsReady(ref state, now)
        ? Time(ref state) : EventTime.MaxValue;
}

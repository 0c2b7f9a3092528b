namespace ActorStreams.Operators.Triggers.Runtime;

/// <remarks>Boundaries and completion as in Flink's trigger of the same name; boundaries passed in one step are one firing.</remarks>
internal sealed record ContinuousEventTimeTrigger(long Interval) : Trigger
{
    /// <summary>It fires when the watermark is past a boundary: within a millisecond.</summary>
    private const long JustAfter = 1_000;

    public override string ToString() => $"every {TimeSpan.FromMicroseconds(Interval)} of event time";

    internal override TriggerNode Build(TriggerBuild build)
    {
        build.Granularity = EventTime.GreatestCommonDivisor(build.Granularity, EventTime.GreatestCommonDivisor(JustAfter, Interval));
        return new Node(build, Interval);
    }

    private sealed class Node(TriggerBuild build, long interval) : TimeNode(build)
    {
        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
        {
            if (!HasTime(ref state))
                SetTime(ref state, EventTime.AddSaturated(time, interval - EventTime.FloorMod(time, interval)));
        }

        public override bool IsReady(ref TriggerState state, in Moment now) => now.IsComplete || ShowsAgain(ref state, now);

        public override bool ShowsAgain(ref TriggerState state, in Moment now) => HasTime(ref state) && now.Progress > Time(ref state);

        public override void Fire(ref TriggerState state, in Moment now)
        {
            if (!ShowsAgain(ref state, now))
                return;
            long since = EventTime.FloorMod(now.Progress, interval);
            SetTime(ref state, since == 0 ? now.Progress : EventTime.AddSaturated(now.Progress, interval - since));
        }

        public override int Quiet(ref TriggerState state, in Moment now) => !HasTime(ref state) || IsReady(ref state, now) ? 0 : Forever;

        public override bool IsDue(ref TriggerState state, in Moment now, bool byClock) => !byClock && !now.IsComplete
            && ShowsAgain(ref state, now);

        public override long NextEventTime(ref TriggerState state, in Moment now) =>
            HasTime(ref state) && !IsReady(ref state, now) ? EventTime.AddSaturated(Time(ref state), 1) : EventTime.MaxValue;
    }
}

internal sealed record ContinuousProcessingTimeTrigger(long Interval) : Trigger
{
    public override string ToString() => $"every {TimeSpan.FromMicroseconds(Interval)} of processing time";

    internal override TriggerNode Build(TriggerBuild build)
    {
        build.UsesClock = true;
        return new Node(build, Interval);
    }

    private sealed class Node(TriggerBuild build, long interval) : TimeNode(build)
    {
        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
        {
            if (!HasTime(ref state))
                SetNext(ref state, now.Clock);
        }

        public override bool IsReady(ref TriggerState state, in Moment now) => HasTime(ref state) && now.Clock >= Time(ref state);

        public override bool ShowsAgain(ref TriggerState state, in Moment now) => IsReady(ref state, now);

        public override void Fire(ref TriggerState state, in Moment now)
        {
            if (IsReady(ref state, now))
                SetNext(ref state, now.Clock);
        }

        public override int Quiet(ref TriggerState state, in Moment now) => HasTime(ref state) ? Forever : 0;

        public override bool IsDue(ref TriggerState state, in Moment now, bool byClock) => byClock && IsReady(ref state, now);

        public override long NextClock(ref TriggerState state, in Moment now) => HasTime(ref state) && !IsReady(ref state, now)
            ? Time(ref state) : EventTime.MaxValue;

        private void SetNext(ref TriggerState state, long clock) =>
            SetTime(ref state, EventTime.AddSaturated(clock, interval - EventTime.FloorMod(clock, interval)));
    }
}

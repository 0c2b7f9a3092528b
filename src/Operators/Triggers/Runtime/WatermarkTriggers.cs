namespace ActorStreams.Operators.Triggers.Runtime;

internal sealed record DefaultTrigger : Trigger
{
    public override string ToString() => "default";

    internal override TriggerNode Build(TriggerBuild build) => new Node(build);

    private sealed class Node(TriggerBuild build) : StatelessNode(build)
    {
        public override bool IsReady(ref TriggerState state, in Moment now) => now.IsComplete;

        public override void Fire(ref TriggerState state, in Moment now)
        {
        }
    }
}

internal sealed record AtExpiryTrigger : Trigger
{
    public override string ToString() => "at expiry";

    internal override TriggerNode Build(TriggerBuild build) => new Node(build);

    private sealed class Node(TriggerBuild build) : StatelessNode(build)
    {
        public override bool IsReady(ref TriggerState state, in Moment now) => now.IsExpired;

        public override void Fire(ref TriggerState state, in Moment now) => SetFinished(ref state, true);
    }
}

/// <summary>On time once; before and after as its parts say.</summary>
internal sealed record AfterWatermarkTrigger(Trigger? Early, Trigger? Late) : Trigger
{
    public override string ToString() => (Early, Late) switch
    {
        (null, null) => "after watermark",
        (null, _) => $"after watermark (late {Late})",
        (_, null) => $"after watermark (early {Early})",
        _ => $"after watermark (early {Early}, late {Late})",
    };

    internal override TriggerNode Build(TriggerBuild build) =>
        Early is null && Late is null ? new OnceNode(build) : new Node(build, Early?.Build(build), Late?.Build(build));

    private sealed class OnceNode(TriggerBuild build) : StatelessNode(build)
    {
        public override bool IsReady(ref TriggerState state, in Moment now) => now.IsComplete;

        public override void Fire(ref TriggerState state, in Moment now) => SetFinished(ref state, true);
    }

    private sealed class Node(TriggerBuild build, TriggerNode? early, TriggerNode? late) : TriggerNode(build)
    {
        /// <summary>Set once the on-time pane is out: from then on the late part counts.</summary>
        private readonly ulong _pastEnd = 1UL << build.Bit();

        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now) =>
            Active(state)?.OnRows(ref state, rows, time, now);

        public override bool IsReady(ref TriggerState state, in Moment now) =>
            (!IsPastEnd(state) && now.IsComplete) || (Active(state)?.IsReady(ref state, now) ?? false);

        public override void Fire(ref TriggerState state, in Moment now)
        {
            if (IsPastEnd(state))
            {
                Repeat(late!, ref state, now);
            }
            else if (!now.IsComplete)
            {
                Repeat(early!, ref state, now);
            }
            else
            {
                state.Finished |= _pastEnd;
                early?.Reset(ref state);
                late?.Reset(ref state);
                SetFinished(ref state, late is null);
            }
        }

        public override void Clear(ref TriggerState state)
        {
            early?.Clear(ref state);
            late?.Clear(ref state);
        }

        public override void Reset(ref TriggerState state)
        {
            SetFinished(ref state, false);
            state.Finished &= ~_pastEnd;
            early?.Reset(ref state);
            late?.Reset(ref state);
        }

        public override void Merge(Span<TriggerState> parts, ref TriggerState merged, in Moment now)
        {
            bool isPastEnd = now.IsComplete;
            foreach (ref TriggerState part in parts)
                isPastEnd &= IsPastEnd(part);
            if (!isPastEnd)
            {
                early?.Merge(parts, ref merged, now);
                return;
            }

            merged.Finished |= _pastEnd;
            SetFinished(ref merged, late is null);
            late?.Merge(parts, ref merged, now);
        }

        public override int Quiet(ref TriggerState state, in Moment now)
        {
            if (IsFinished(state))
                return Forever;
            if (!IsPastEnd(state) && now.IsComplete)
                return 0;
            return Active(state)?.Quiet(ref state, now) ?? Forever;
        }

        public override bool ShowsAgain(ref TriggerState state, in Moment now) => Active(state)?.ShowsAgain(ref state, now) ?? false;

        public override long NextEventTime(ref TriggerState state, in Moment now) => Active(state)?.NextEventTime(ref state, now)
            ?? long.MaxValue;

        public override long NextClock(ref TriggerState state, in Moment now) => Active(state)?.NextClock(ref state, now) ?? long.MaxValue;

        public override bool IsDue(ref TriggerState state, in Moment now, bool byClock) => Active(state)?.IsDue(ref state, now, byClock)
            ?? false;

        private static void Repeat(TriggerNode part, ref TriggerState state, in Moment now)
        {
            part.Fire(ref state, now);
            if (part.IsFinished(state))
                part.Reset(ref state);
        }

        private bool IsPastEnd(in TriggerState state) => (state.Finished & _pastEnd) != 0;

        private TriggerNode? Active(in TriggerState state) => IsPastEnd(state) ? late : early;
    }
}

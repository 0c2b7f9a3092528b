namespace ActorStreams.Operators.Triggers.Runtime;

internal sealed record RepeatedlyTrigger(Trigger Of) : Trigger
{
    public override string ToString() => $"repeatedly ({Of})";

    internal override TriggerNode Build(TriggerBuild build) => new Node(build, Of.Build(build));

    private sealed class Node(TriggerBuild build, TriggerNode of) : CompositeNode(build, [of])
    {
        public override bool IsReady(ref TriggerState state, in Moment now) => of.IsReady(ref state, now);

        public override void Fire(ref TriggerState state, in Moment now)
        {
            of.Fire(ref state, now);
            if (of.IsFinished(state))
                of.Reset(ref state);
        }

        protected override bool IsFinishedBy(ref TriggerState merged) => false;
    }
}

internal sealed record AfterEachTrigger(IReadOnlyList<Trigger> Of) : Trigger
{
    public override string ToString() => $"each of ({string.Join(", ", Of)})";

    internal override TriggerNode Build(TriggerBuild build)
    {
        // Parts that have not begun forget what they saw whenever their window grows: see Merge.
        build.MindsGrowth = true;
        return new Node(build, [.. Of.Select(part => part.Build(build))]);
    }

    private sealed class Node(TriggerBuild build, TriggerNode[] parts) : CompositeNode(build, parts)
    {
        /// <summary>Where windows merge all parts see all rows: merging may go back to a part that had finished.</summary>
        public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
        {
            if (now.Merges)
                base.OnRows(ref state, rows, time, now);
            else
                Current(state)?.OnRows(ref state, rows, time, now);
        }

        public override bool IsReady(ref TriggerState state, in Moment now) => Current(state)?.IsReady(ref state, now) ?? false;

        public override void Fire(ref TriggerState state, in Moment now)
        {
            TriggerNode current = Current(state)!;
            current.Fire(ref state, now);
            if (now.Merges)
            {
                foreach (TriggerNode part in Parts)
                {
                    if (part != current)
                        part.Clear(ref state);
                }
            }

            SetFinished(ref state, Current(state) is null);
        }

        public override int Quiet(ref TriggerState state, in Moment now) =>
            now.Merges ? base.Quiet(ref state, now) : Current(state)?.Quiet(ref state, now) ?? Forever;

        public override bool ShowsAgain(ref TriggerState state, in Moment now) => Current(state)?.ShowsAgain(ref state, now) ?? false;

        public override long NextEventTime(ref TriggerState state, in Moment now) => Current(state)?.NextEventTime(ref state, now)
            ?? EventTime.MaxValue;

        public override long NextClock(ref TriggerState state, in Moment now) => Current(state)?.NextClock(ref state, now)
            ?? EventTime.MaxValue;

        public override bool IsDue(ref TriggerState state, in Moment now, bool byClock) => Current(state)?.IsDue(ref state, now, byClock)
            ?? false;

        /// <summary>Parts after the first that is unfinished now have not begun.</summary>
        public override void Merge(Span<TriggerState> states, ref TriggerState merged, in Moment now)
        {
            foreach (TriggerNode part in Parts)
            {
                part.Merge(states, ref merged, now);
                if (!part.IsFinished(merged))
                    return;
            }

            SetFinished(ref merged, true);
        }

        protected override bool IsFinishedBy(ref TriggerState merged) => Current(merged) is null;

        private TriggerNode? Current(in TriggerState state)
        {
            foreach (TriggerNode part in Parts)
            {
                if (!part.IsFinished(state))
                    return part;
            }

            return null;
        }
    }
}

internal sealed record AfterFirstTrigger(IReadOnlyList<Trigger> Of) : Trigger
{
    public override string ToString() => $"first of ({string.Join(", ", Of)})";

    internal override TriggerNode Build(TriggerBuild build) => new Node(build, [.. Of.Select(part => part.Build(build))]);

    private sealed class Node(TriggerBuild build, TriggerNode[] parts) : CompositeNode(build, parts)
    {
        public override bool IsReady(ref TriggerState state, in Moment now)
        {
            foreach (TriggerNode part in Parts)
            {
                if (!part.IsFinished(state) && part.IsReady(ref state, now))
                    return true;
            }

            return false;
        }

        public override void Fire(ref TriggerState state, in Moment now)
        {
            foreach (TriggerNode part in Parts)
            {
                if (!part.IsFinished(state) && part.IsReady(ref state, now))
                    part.Fire(ref state, now);
                else
                    part.Clear(ref state);
            }

            SetFinished(ref state, true);
        }

        protected override bool IsFinishedBy(ref TriggerState merged)
        {
            foreach (TriggerNode part in Parts)
            {
                if (part.IsFinished(merged))
                    return true;
            }

            return false;
        }
    }
}

internal sealed record AfterAllTrigger(IReadOnlyList<Trigger> Of) : Trigger
{
    public override string ToString() => $"all of ({string.Join(", ", Of)})";

    internal override TriggerNode Build(TriggerBuild build) => new Node(build, [.. Of.Select(part => part.Build(build))]);

    private sealed class Node(TriggerBuild build, TriggerNode[] parts) : CompositeNode(build, parts)
    {
        public override bool IsReady(ref TriggerState state, in Moment now)
        {
            foreach (TriggerNode part in Parts)
            {
                if (!part.IsFinished(state) && !part.IsReady(ref state, now))
                    return false;
            }

            return true;
        }

        public override void Fire(ref TriggerState state, in Moment now)
        {
            foreach (TriggerNode part in Parts)
            {
                if (!part.IsFinished(state))
                    part.Fire(ref state, now);
            }

            SetFinished(ref state, true);
        }

        /// <summary>One part whose time has come is not enough.</summary>
        public override bool IsDue(ref TriggerState state, in Moment now, bool byClock) => base.IsDue(ref state, now, byClock)
            && IsReady(ref state, now);

        protected override bool IsFinishedBy(ref TriggerState merged)
        {
            foreach (TriggerNode part in Parts)
            {
                if (!part.IsFinished(merged))
                    return false;
            }

            return true;
        }
    }
}

internal sealed record OrFinallyTrigger(Trigger Of, Trigger Until) : Trigger
{
    public override string ToString() => $"({Of}) or finally ({Until})";

    internal override TriggerNode Build(TriggerBuild build) => new Node(build, Of.Build(build), Until.Build(build));

    private sealed class Node(TriggerBuild build, TriggerNode of, TriggerNode until) : CompositeNode(build, [of, until])
    {
        public override bool IsReady(ref TriggerState state, in Moment now) => until.IsReady(ref state, now) || of.IsReady(ref state, now);

        public override void Fire(ref TriggerState state, in Moment now)
        {
            bool isLast = until.IsReady(ref state, now);
            if (isLast)
                until.Fire(ref state, now);
            else
                of.Fire(ref state, now);
            SetFinished(ref state, isLast || of.IsFinished(state));
            if (IsFinished(state))
                Clear(ref state);
        }

        protected override bool IsFinishedBy(ref TriggerState merged) => of.IsFinished(merged) || until.IsFinished(merged);
    }
}

/// <summary>A part made of parts: what most have in common.</summary>
internal abstract class CompositeNode(TriggerBuild build, TriggerNode[] parts) : TriggerNode(build)
{
    protected TriggerNode[] Parts { get; } = parts;

    public override void OnRows(ref TriggerState state, int rows, long time, in Moment now)
    {
        foreach (TriggerNode part in Parts)
            part.OnRows(ref state, rows, time, now);
    }

    public override void Clear(ref TriggerState state)
    {
        foreach (TriggerNode part in Parts)
            part.Clear(ref state);
    }

    public override void Reset(ref TriggerState state)
    {
        SetFinished(ref state, false);
        foreach (TriggerNode part in Parts)
            part.Reset(ref state);
    }

    /// <summary>A composite goes back with its parts; one that finished though no part did stays so while the merged window is
    /// complete.</summary>
    public override void Merge(Span<TriggerState> states, ref TriggerState merged, in Moment now)
    {
        foreach (TriggerNode part in Parts)
            part.Merge(states, ref merged, now);
        SetFinished(ref merged, IsFinishedBy(ref merged) || (now.IsComplete && IsFinishedInAll(states)));
    }

    public override int Quiet(ref TriggerState state, in Moment now)
    {
        int quiet = Forever;

        // Where windows merge one that has finished may go back: its parts must go on seeing rows.
        if (IsFinished(state) && !now.Merges)
            return quiet;
        foreach (TriggerNode part in Parts)
            quiet = Math.Min(quiet, part.Quiet(ref state, now));
        return quiet;
    }

    public override bool ShowsAgain(ref TriggerState state, in Moment now)
    {
        foreach (TriggerNode part in Parts)
        {
            if (!part.IsFinished(state) && part.ShowsAgain(ref state, now))
                return true;
        }

        return false;
    }

    public override long NextEventTime(ref TriggerState state, in Moment now)
    {
        long next = EventTime.MaxValue;
        foreach (TriggerNode part in Parts)
            next = Math.Min(next, part.NextEventTime(ref state, now));
        return next;
    }

    public override long NextClock(ref TriggerState state, in Moment now)
    {
        long next = EventTime.MaxValue;
        foreach (TriggerNode part in Parts)
            next = Math.Min(next, part.NextClock(ref state, now));
        return next;
    }

    public override bool IsDue(ref TriggerState state, in Moment now, bool byClock)
    {
        foreach (TriggerNode part in Parts)
        {
            if (part.IsDue(ref state, now, byClock))
                return true;
        }

        return false;
    }

    /// <summary>Whether its parts, merged, say that it is finished.</summary>
    protected abstract bool IsFinishedBy(ref TriggerState merged);
}

using ActorStreams.Operators.Triggers.Runtime;

namespace ActorStreams;

/// <summary>The triggers, and how they are composed.</summary>
/// <remarks>"Pane" is what comes out by one firing; a firing with nothing new since the last pane puts out nothing, except on time
/// (<see cref="FiringBehaviour"/>).</remarks>
/// <seealso href="https://research.google/pubs/pub43864/">The Dataflow Model; the semantics of composites are Apache Beam's.</seealso>
public static class TriggerKinds
{
    private static readonly Trigger s_default = new DefaultTrigger();
    private static readonly Trigger s_atExpiry = new AtExpiryTrigger();
    private static readonly Trigger s_afterWindowProcessingTime = new AfterWindowProcessingTimeTrigger();

    extension(Trigger)
    {
        /// <summary>Fires when the watermark completes the window, then at every row that still comes within the allowed
        /// lateness.</summary>
        public static Trigger Default => s_default;

        /// <summary>One pane only, when the window expires: the watermark has reached its end and the allowed lateness. Final
        /// results.</summary>
        public static Trigger AtExpiry => s_atExpiry;

        /// <summary>For windows in processing time: fires once, when the clock reaches the end of the window.</summary>
        public static Trigger AfterWindowProcessingTime => s_afterWindowProcessingTime;

        /// <summary>Fires once when the watermark completes the window; before that whenever <paramref name="early"/> fires, after it
        /// whenever <paramref name="late"/> does.</summary>
        /// <param name="early">Starts anew after each firing. Null: no early panes.</param>
        /// <param name="late">Starts anew after each firing. Null: finished with the on-time pane.</param>
        public static Trigger AfterWatermark(Trigger? early = null, Trigger? late = null) => new AfterWatermarkTrigger(early, late);

        /// <summary>Fires once, when this many rows have come since the last pane.</summary>
        /// <param name="rows">At least 1.</param>
        /// <exception cref="PipelineException"><paramref name="rows"/> is not positive.</exception>
        public static Trigger AfterCount(int rows) => rows >= 1
            ? new AfterCountTrigger(rows)
            : throw new PipelineException($"A trigger after {rows} rows is not possible: give at least 1.");

        /// <summary>Fires once, when the clock has advanced this far since the first row of the pane came. Merging keeps the earlier
        /// deadline.</summary>
        /// <param name="delay">Zero or more. A deadline is stored: after a restart it is the same instant.</param>
        /// <exception cref="PipelineException"><paramref name="delay"/> is negative.</exception>
        public static Trigger AfterProcessingTime(TimeSpan delay) => delay >= TimeSpan.Zero
            ? new AfterProcessingTimeTrigger(delay)
            : throw new PipelineException($"A trigger after {delay} is not possible: give a delay that is not negative.");

        /// <summary>Fires whenever the watermark passes a multiple of an interval, from the first row's time on, and when the window is
        /// complete. Never finishes.</summary>
        /// <remarks>Accumulating, it shows the pane again though nothing is new. Boundaries passed in one step of the watermark give one
        /// pane.</remarks>
        /// <param name="interval">At least one microsecond.</param>
        /// <exception cref="PipelineException"><paramref name="interval"/> is not positive.</exception>
        public static Trigger ContinuousEventTime(TimeSpan interval) =>
            new ContinuousEventTimeTrigger(EventTime.PositiveMicros(interval, "An interval"));

        /// <summary>Fires whenever the clock reaches a multiple of an interval, from the first row's arrival on. Never finishes.</summary>
        /// <remarks>Accumulating, it shows the pane again though nothing is new.</remarks>
        /// <param name="interval">At least one microsecond.</param>
        /// <exception cref="PipelineException"><paramref name="interval"/> is not positive.</exception>
        public static Trigger ContinuousProcessingTime(TimeSpan interval) =>
            new ContinuousProcessingTimeTrigger(EventTime.PositiveMicros(interval, "An interval"));

        /// <summary>Triggers one after another: the next one begins when the one before it has finished. Finishes with the last.</summary>
        /// <remarks>
        /// Where windows merge, all of them see the rows, since to merge with a window that is further on, or less far, may change whose
        /// turn it is; those whose turn has not come begin anew with each firing and whenever the window grows, as Beam has it
        /// (<c>AfterEach</c>).
        /// </remarks>
        /// <param name="triggers">At least one.</param>
        /// <exception cref="PipelineException">None is given.</exception>
        public static Trigger AfterEach(params IReadOnlyList<Trigger> triggers) => new AfterEachTrigger(Checked(triggers));

        /// <summary>Fires and finishes once all triggers are ready.</summary>
        /// <param name="triggers">At least one.</param>
        /// <exception cref="PipelineException">None is given.</exception>
        public static Trigger AfterAll(params IReadOnlyList<Trigger> triggers) => new AfterAllTrigger(Checked(triggers));

        /// <summary>Fires and finishes with the first trigger that fires.</summary>
        /// <param name="triggers">At least one.</param>
        /// <exception cref="PipelineException">None is given.</exception>
        public static Trigger AfterFirst(params IReadOnlyList<Trigger> triggers) => new AfterFirstTrigger(Checked(triggers));
    }

    private static Trigger[] Checked(IReadOnlyList<Trigger> triggers)
    {
        ArgumentNullException.ThrowIfNull(triggers);
        if (triggers.Count == 0)
            throw new PipelineException("A composite trigger needs at least one trigger.");
        foreach (Trigger trigger in triggers)
            ArgumentNullException.ThrowIfNull(trigger, nameof(triggers));
        return [.. triggers];
    }
}

namespace ActorStreams;

/// <summary>The kinds of windows. All are half-open, [start, end), and may begin before 1970.</summary>
public static class WindowKinds
{
    extension(Window)
    {
        /// <summary>Aligned windows without overlap: [offset + k·size, offset + (k+1)·size), k any integer.</summary>
        /// <param name="size">At least one microsecond.</param>
        /// <param name="offset">Moves all boundaries; zero unless given.</param>
        /// <exception cref="PipelineException"><paramref name="size"/> is not positive.</exception>
        public static TumblingWindows Tumbling(TimeSpan size, TimeSpan offset = default) => new(size, offset);

        /// <summary>Aligned windows that overlap: [offset + k·slide, offset + k·slide + size). With a slide larger than the size, rows in
        /// the gaps belong to none.</summary>
        /// <param name="size">At least one microsecond.</param>
        /// <param name="slide">A window begins each time this has passed; at least one microsecond.</param>
        /// <param name="offset">Moves all boundaries; zero unless given.</param>
        /// <remarks>
        /// A row is in size / slide windows, and a key gives a result for each: 100,000 at most (a day every second). It is 10,000 where
        /// each row has to be added to each of its windows, with a cost that grows with their number: with a trigger, allowed lateness,
        /// panes taken back, in processing time, or for an aggregate that cannot be merged.
        /// </remarks>
        /// <exception cref="PipelineException"><paramref name="size"/> or <paramref name="slide"/> is not positive, or a row would be in
        /// more than 100,000 windows.</exception>
        public static HoppingWindows Hopping(TimeSpan size, TimeSpan slide, TimeSpan offset = default) => new(size, slide, offset);

        /// <summary>Windows that grow by a step up to a size: [start, start + step), [start, start + 2·step), …, [start, start + size),
        /// where start is offset + k·size.</summary>
        /// <param name="size">A multiple of <paramref name="step"/>.</param>
        /// <param name="step">At least one microsecond.</param>
        /// <param name="offset">Moves all boundaries; zero unless given.</param>
        /// <remarks>A row is added to each window that holds it, size / step of them: 10,000 at most. What a row costs grows with their
        /// number.</remarks>
        /// <exception cref="PipelineException">The size is not a multiple of the step or has more than 10,000 of them, or one of them is
        /// not positive.</exception>
        public static CumulateWindows Cumulate(TimeSpan size, TimeSpan step, TimeSpan offset = default) => new(size, step, offset);

        /// <summary>Windows of activity: rows of a key less than a gap apart are in one window, [first row, last row + gap).</summary>
        /// <param name="gap">At least one microsecond.</param>
        /// <param name="maximumLength">
        /// Windows are not merged into one that would be longer: a row that would make it so opens the next one. Null: no limit. At least
        /// the gap.
        /// </param>
        /// <exception cref="PipelineException">The gap is not positive, or longer than <paramref name="maximumLength"/>.</exception>
        public static SessionWindows Session(TimeSpan gap, TimeSpan? maximumLength = null) => new(gap, maximumLength);

        /// <summary>One window for all of time; give it a trigger, or it fires at the end of a bounded input only.</summary>
        public static GlobalWindows Global() => new();

        /// <summary>Every <paramref name="size"/> rows of a key, in the order of their arrival.</summary>
        /// <param name="size">At least 1.</param>
        /// <exception cref="PipelineException">The size is not positive.</exception>
        public static CountWindows Count(int size) => new(size, size);

        /// <summary>The last <paramref name="size"/> rows of a key, after every <paramref name="slide"/> rows.</summary>
        /// <param name="size">At least 1.</param>
        /// <param name="slide">At least 1.</param>
        /// <exception cref="PipelineException">The size or the slide is not positive.</exception>
        public static CountWindows Count(int size, int slide) => new(size, slide);

        /// <summary>The days of a time zone; those on which clocks change have 23 or 25 hours.</summary>
        /// <param name="zone">The zone; its rules should not change while windows are open.</param>
        public static CalendarWindows Day(TimeZoneInfo zone) => new(CalendarWindows.Unit.Day, zone, DayOfWeek.Monday);

        /// <summary>The weeks of a time zone.</summary>
        /// <param name="zone">The zone.</param>
        /// <param name="firstDay">The day on which a week begins.</param>
        public static CalendarWindows Week(TimeZoneInfo zone, DayOfWeek firstDay = DayOfWeek.Monday) =>
            new(CalendarWindows.Unit.Week, zone, firstDay);

        /// <summary>The months of a time zone.</summary>
        /// <param name="zone">The zone.</param>
        public static CalendarWindows Month(TimeZoneInfo zone) => new(CalendarWindows.Unit.Month, zone, DayOfWeek.Monday);
    }
}

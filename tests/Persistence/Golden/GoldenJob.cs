using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>A job of the golden stores.</summary>
/// <param name="Name">Its name, and that of its results; stored, so never to be changed.</param>
/// <param name="FirstHalf">Reads half of the input and stops, with windows and matches open.</param>
/// <param name="SecondHalf">Goes on from the store and reads the rest to its end.</param>
/// <param name="All">Reads all of the input, without a stop.</param>
/// <param name="Tables">The tables with its results.</param>
internal sealed record GoldenJob(
    string Name, Func<Store, Task> FirstHalf, Func<Store, Task> SecondHalf, Func<Store, Task> All, IReadOnlyList<string> Tables)
{
    /// <summary>Every operator that keeps state has one at least. A new operator adds a job here and is written by the version that has it
    /// first; those that are here stay as they are.</summary>
    public static IReadOnlyList<GoldenJob> Every { get; } =
    [
        Of("tumbling", GoldenWindows.Tumbling), Of("tumbling-count", GoldenWindows.TumblingCount),
        Of("tumbling-two-phase", GoldenWindows.TumblingTwoPhase), Of("hopping", GoldenWindows.Hopping),
            Of("cumulate", GoldenWindows.Cumulate),
        Of("session", GoldenWindows.Session), Of("long-session", GoldenWindows.LongSession),
            Of("session-panes", GoldenWindows.SessionPanes),
        Of("panes", GoldenWindows.Panes), Of("retracting", GoldenWindows.Retracting), Of("continuous-panes", GoldenWindows.ContinuousPanes),
        Of("emit-on-close", GoldenWindows.EmitOnClose), Of("calendar", GoldenWindows.Calendar), Of("global", GoldenWindows.Global),
        Of("counted", GoldenWindows.Counted), Of("of-all", GoldenWindows.OfAll), Of("over-range", GoldenWindows.OverRange),
        Of("over-rows", GoldenWindows.OverRows), Of("per-key", GoldenWindows.PerKey),

        Of("aggregates-seven", GoldenAggregates.Seven), Of("aggregates-mixed", GoldenAggregates.Mixed),
        Of("aggregates-rows", GoldenAggregates.Rows), Of("aggregates-retractable", GoldenAggregates.Retractable),
        Of("aggregates-own", GoldenAggregates.Own), Of("aggregates-sketches", GoldenAggregates.Sketches),
        Of("aggregates-clusters", GoldenAggregates.Clusters),

        Of("match", GoldenPatterns.Match), Of("absence", GoldenPatterns.Absence), Of("revisable", GoldenPatterns.Revisable),
        Of("rules", GoldenPatterns.Rules),

        Of("join-interval", GoldenJoins.OfInterval), Of("join-interval-outer", GoldenJoins.OfIntervalOuter),
        Of("join-windows", GoldenJoins.OfWindows), Of("join-sessions", GoldenJoins.OfSessions), Of("join-as-of", GoldenJoins.AsOf),
        Of("join-stream-table", GoldenJoins.StreamTable), Of("join-tables", GoldenJoins.Tables),
            Of("join-foreign-key", GoldenJoins.ForeignKey),
        Of("union-tables", GoldenJoins.UnionOfTables), Of("join-broadcast", GoldenJoins.Broadcast),

        Of("table", GoldenTables.Materialized), Of("group", GoldenTables.Grouped), Of("group-counts", GoldenTables.GroupCounts),
        Of("group-sums", GoldenTables.GroupSums), Of("group-own", GoldenTables.GroupOwn), Of("first", GoldenTables.First),
        Of("top", GoldenTables.Top), Of("distinct", GoldenTables.Distinct), Of("upserts", GoldenTables.Upserts),
        Of("changes-to-table", GoldenTables.ChangesToTable),

        Of("deduplicated", GoldenState.Deduplicated), Of("ordered", GoldenState.Ordered), Of("process", GoldenState.Process),
        Of("co-process", GoldenState.CoProcess), Of("event-sourced", GoldenState.EventSourced), Of("call-out", GoldenState.CallOut),

        new("topics", GoldenTopics.FirstHalfAsync, GoldenTopics.SecondHalfAsync, GoldenTopics.AllAsync,
            [GoldenGraph.TableOf("topic-windows"), GoldenGraph.TableOf("topic-table")]),
    ];

    private static GoldenJob Of(string name, Action<GoldenGraph> build) => new(name, store => GoldenRun.FirstHalfAsync(name, build, store),
        store => GoldenRun.SecondHalfAsync(name, build, store), store =>
            GoldenRun.AllAsync(name, build, store), [GoldenGraph.TableOf(name)]);
}

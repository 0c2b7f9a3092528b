namespace ActorStreams.Simulation.Tests;

/// <summary>Operators that plans of SQL use and that no scenario has yet. They are held by the conformance cases of SQL, some of which
/// crash
/// before every step; what is missing here are faults of disks, stores and clocks. A name that a scenario uses must go from this
/// list.</summary>
internal static class NotSimulatedYet
{
    public static string[] Nodes { get; } =
    [
        "ArrivalJoinNode`3",
        "ClosingAggregateNode`4",
        "CountedSetNode`1",
        "HeldChangesNode`1",
        "KeptChangesNode`1",
        "MarkJoinNode`3",
        "NearestJoinNode`3",
        "OverChangesNode`3",
        "RowPatternNode`5",
        "SessionChangesNode`4",
        "WindowedChangesNode`3",
    ];

    public static string[] Parts { get; } =
    [
        "ArrivalJoin`3",
        "ClosingAggregate`4",
        "CountedSet`1",
        "HeldChanges`1",
        "KeptChangesOperator`1",
        "MarkJoin`3",
        "NearestJoin`3",
        "OverChanges`3",
        "OverFinal`3",
        "RowCount",
        "RowPatternRegion`5",
        "SessionChanges`4",
        "VersionJoin`3",
        "WindowedChanges`3",
    ];
}

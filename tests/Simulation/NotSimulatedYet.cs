namespace ActorStreams.Simulation.Tests;

/// <summary>Operators that plans of SQL use and that no scenario has yet. They are held by the conformance cases of SQL, some of which
/// crash
/// before every step; what is missing here are faults of disks, stores and clocks. A name that a scenario uses must go from this
/// list.</summary>
internal static class NotSimulatedYet
{
    public static string[] Nodes { get; } = [];

    public static string[] Parts { get; } = [];
}

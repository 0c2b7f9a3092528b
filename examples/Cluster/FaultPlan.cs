namespace Readings;

/// <summary>What is done to a node, or to the database.</summary>
internal enum FaultKind
{
    /// <summary>Its process is killed, as by <c>kill -9</c>.</summary>
    Kill,

    /// <summary>Its process stands still until the others go on without it.</summary>
    Pause,

    /// <summary>All processes of the database are killed at once, as by a power failure.</summary>
    Crash,

    /// <summary>Nothing goes from its host to another one; needs hosts of their own.</summary>
    Cut,
}

/// <summary>How many faults of each kind are made.</summary>
/// <param name="Kills">Nodes that are killed; every other time it is the coordinator's.</param>
/// <param name="Pauses">Nodes that stand still.</param>
/// <param name="Crashes">Crashes of the database.</param>
/// <param name="Cuts">Nodes that are cut off.</param>
/// <param name="Seed">What their order follows from, and everything that is left to chance.</param>
internal sealed record FaultPlan(int Kills, int Pauses, int Crashes, int Cuts, int Seed)
{
    /// <summary>All faults, in the order in which they are made.</summary>
    public FaultKind[] InOrder(Random random)
    {
        FaultKind[] all = [.. Enumerable.Repeat(FaultKind.Kill, Kills), .. Enumerable.Repeat(FaultKind.Pause, Pauses),
            .. Enumerable.Repeat(FaultKind.Crash, Crashes), .. Enumerable.Repeat(FaultKind.Cut, Cuts)];
        random.Shuffle(all);
        return all;
    }
}

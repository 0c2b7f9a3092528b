namespace ActorStreams;

/// <summary>A row with a weight: +1 says that it is there, -1 that it is no longer; an update is the old row with -1, then the new one with
/// +1.</summary>
/// <param name="Row">The row.</param>
/// <param name="Weight">How many times it is added (positive) or taken away (negative); never 0.</param>
/// <typeparam name="T">The row.</typeparam>
/// <seealso href="https://www.vldb.org/pvldb/vol16/p1601-budiu.pdf">DBSP, whose Z-sets these weights make of a stream.</seealso>
[ChangelogRow(ChangelogMode.Retract)]
public readonly record struct Change<T>(T Row, int Weight)
{
    /// <summary>The row is taken away.</summary>
    public bool IsRetraction => Weight < 0;

    /// <summary>The row, once.</summary>
    public static Change<T> Insert(T row) => new(row, 1);

    /// <summary>The row, once less.</summary>
    public static Change<T> Retract(T row) => new(row, -1);
}

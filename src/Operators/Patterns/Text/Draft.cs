namespace ActorStreams.Operators.Patterns.Text;

internal enum DraftKind
{
    Normal,
    Final,

    /// <summary>What must not come has come.</summary>
    Stop,

    /// <summary>A match once the time is over.</summary>
    Pending,
}

internal enum DraftStep
{
    Take,
    Ignore,

    /// <summary>Goes on without a row: the target sees the same row.</summary>
    Proceed,
}

internal sealed record DraftEdge<T>(DraftStep Step, DraftState<T> Target, Test<T> Test, int Stage = -1, long Gap = 0)
{
    /// <summary>The bounds of the groups around the stage.</summary>
    public GroupBound[] Bounds { get; init; } = [];
}

/// <summary>How long a run through a group may take.</summary>
/// <param name="Group">Marks the group among those that have a bound: one bit.</param>
/// <param name="Span">Microseconds from its first row to its last, exclusive.</param>
internal readonly record struct GroupBound(byte Group, long Span);

/// <summary>A state while the pattern is compiled.</summary>
internal sealed class DraftState<T>(string name, DraftKind kind, int stage)
{
    public string Name { get; } = name;

    public DraftKind Kind { get; } = kind;

    public int Stage { get; } = stage;

    public List<DraftEdge<T>> Edges { get; } = [];

    /// <summary>A row that it does not take leaves a run in it as it is.</summary>
    public bool IsRelaxed { get; set; }

    /// <summary>How long after the last row a pending state makes a match; 0: the whole pattern's bound does.</summary>
    public long Gap { get; init; }

    /// <summary>The bounded groups that a run through begins at: a bit each.</summary>
    public byte Heads { get; set; }

    /// <summary>The bounds of the groups around a pending state: the first that is over makes the match.</summary>
    public GroupBound[] Bounds { get; set; } = [];

    public void Take(DraftState<T> target, Test<T> test, long gap, GroupBound[] bounds) =>
        Edges.Add(new DraftEdge<T>(DraftStep.Take, target, test, Stage, gap) { Bounds = bounds });

    public void Ignore(DraftState<T> target, Test<T> test) => Edges.Add(new DraftEdge<T>(DraftStep.Ignore, target, test));

    public void Proceed(DraftState<T> target, Test<T> test) => Edges.Add(new DraftEdge<T>(DraftStep.Proceed, target, test));
}

namespace ActorStreams.Operators.Patterns.Runtime;

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

internal sealed record DraftEdge<T>(DraftStep Step, DraftState<T> Target, Test<T> Test, int Stage = -1, long Gap = 0);

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

    public void Take(DraftState<T> target, Test<T> test, long gap) => Edges.Add(new DraftEdge<T>(DraftStep.Take, target, test, Stage, gap));

    public void Ignore(DraftState<T> target, Test<T> test) => Edges.Add(new DraftEdge<T>(DraftStep.Ignore, target, test));

    public void Proceed(DraftState<T> target, Test<T> test) => Edges.Add(new DraftEdge<T>(DraftStep.Proceed, target, test));
}

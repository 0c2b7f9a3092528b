namespace ActorStreams.Operators.Patterns.Text;

/// <summary>A pattern as it was written: its parts in order, and what holds for the whole.</summary>
internal sealed record PatternShape<T>
{
    public Element<T>[] Elements { get; init; } = [];

    /// <summary>Microseconds from the first row to the last, exclusive.</summary>
    public long? Within { get; init; }

    public AfterMatch Skip { get; init; } = AfterMatch.NoSkip;

    public int? MaxPartialMatches { get; init; }
}

/// <summary>A stage, or a group of stages, with its quantifier. A group has no name.</summary>
internal sealed record Element<T>(string Name, Contiguity Contiguity)
{
    public Condition<T>? Where { get; init; }

    public Element<T>[]? Group { get; init; }

    public bool IsQuantified { get; init; }

    public int Min { get; init; } = 1;

    /// <summary>Null: unbounded.</summary>
    public int? Max { get; init; } = 1;

    public bool IsOptional { get; init; }

    public bool IsGreedy { get; init; }

    /// <summary>Between repetitions.</summary>
    public Contiguity Inner { get; init; } = Contiguity.Relaxed;

    public Condition<T>? Until { get; init; }

    /// <summary>Microseconds, exclusive; 0: unbounded.</summary>
    public long WithinPrevious { get; init; }

    /// <summary>Microseconds, exclusive; 0: unbounded.</summary>
    public long WithinLoop { get; init; }

    /// <summary>Of a group: microseconds from the first row of a run through it to the last, exclusive; 0: unbounded.</summary>
    public long Within { get; init; }

    public bool IsNegation => Contiguity is Contiguity.NotNext or Contiguity.NotFollowedBy;

    public string Title => Group is null ? $"stage '{Name}'" : "the group";
}

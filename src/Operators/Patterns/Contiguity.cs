namespace ActorStreams;

/// <summary>How a stage's row stands to the row matched before it.</summary>
public enum Contiguity
{
    /// <summary>The first stage of a pattern or of a group.</summary>
    Begin,

    /// <summary>The very next row (<c>next</c>; between repetitions: consecutive).</summary>
    Strict,

    /// <summary>Rows that do not satisfy the condition are skipped; the first that does is taken (<c>followedBy</c>).</summary>
    Relaxed,

    /// <summary>Rows that do satisfy it may be skipped too: each possible one gives a match of its own (<c>followedByAny</c>; between
    /// repetitions: combinations).</summary>
    Any,

    /// <summary>The very next row must not satisfy the condition (<c>notNext</c>).</summary>
    NotNext,

    /// <summary>No row that satisfies the condition comes before the next stage, or before the time is over
    /// (<c>notFollowedBy</c>).</summary>
    NotFollowedBy,
}

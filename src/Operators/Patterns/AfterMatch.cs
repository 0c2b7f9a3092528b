namespace ActorStreams;

/// <summary>What becomes of the other partial matches once a match is emitted.</summary>
/// <remarks>
/// With any strategy but <see cref="NoSkip"/> matches leave in the order of their first rows: a complete match waits while a partial match
/// that began before it is alive.
/// </remarks>
/// <seealso href="https://nightlies.apache.org/flink/flink-docs-stable/docs/libs/cep/#after-match-skip-strategy">Apache Flink, whose five
/// strategies these are.</seealso>
public sealed record AfterMatch
{
    private AfterMatch(SkipKind kind, string? stage = null, bool failOnMiss = false) =>
        (Kind, Stage, FailOnMiss) = (kind, stage, failOnMiss);

    /// <summary>Every possible match is emitted. The default.</summary>
    public static AfterMatch NoSkip { get; } = new(SkipKind.None);

    /// <summary>Partial matches that began with the match's first row, or before it, are discarded.</summary>
    public static AfterMatch SkipToNext { get; } = new(SkipKind.ToNext);

    /// <summary>Partial matches that began with the match's last row, or before it, are discarded: matches do not overlap.</summary>
    public static AfterMatch SkipPastLast { get; } = new(SkipKind.PastLast);

    internal SkipKind Kind { get; }

    internal string? Stage { get; }

    internal bool FailOnMiss { get; }

    /// <summary>Partial matches that began before the first row of a stage are discarded.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="failOnMiss">A match without a row of the stage, or one that begins with that row, is an error; else nothing is
    /// discarded then.</param>
    public static AfterMatch SkipToFirst(string stage, bool failOnMiss = false) =>
        new(SkipKind.ToFirst, stage ?? throw new ArgumentNullException(nameof(stage)), failOnMiss);

    /// <summary>Partial matches that began before the last row of a stage are discarded.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="failOnMiss">A match without a row of the stage, or one that begins with that row, is an error; else nothing is
    /// discarded then.</param>
    public static AfterMatch SkipToLast(string stage, bool failOnMiss = false) =>
        new(SkipKind.ToLast, stage ?? throw new ArgumentNullException(nameof(stage)), failOnMiss);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        SkipKind.None => "no skip",
        SkipKind.ToNext => "to next",
        SkipKind.PastLast => "past last",
        SkipKind.ToFirst => $"to first {Stage}",
        _ => $"to last {Stage}",
    } + (FailOnMiss ? " or fail" : "");
}

internal enum SkipKind
{
    None,
    ToNext,
    PastLast,
    ToFirst,
    ToLast,
}

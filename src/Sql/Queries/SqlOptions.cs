namespace ActorStreams;

/// <summary>What is done about a statement whose state grows for ever: the groups of an aggregate without windows, the rows of a
/// join.</summary>
public enum GrowingState
{
    /// <summary>It runs, and says so as a warning.</summary>
    Warn,

    /// <summary>It runs.</summary>
    Allow,

    /// <summary>It is refused; the error names the step and what it keeps.</summary>
    Refuse,
}

/// <summary>How statements of SQL are planned.</summary>
public sealed record SqlOptions
{
    /// <summary>What is done about a statement whose state grows for ever. Default: a warning.</summary>
    public GrowingState GrowingState { get; init; }

    /// <summary>What becomes of a row on which an expression fails (a division by zero, a text that is no number): the job fails, or the
    /// row goes to the dead letters. Default: null, as <see cref="JobOptions.Errors"/> says.</summary>
    /// <remarks>It holds for every step of the query: filters, columns, keys, aggregates, conditions of joins, functions with OVER,
    /// patterns. For the step that computes the expression a dead letter has never come; a match whose measures fail gives
    /// nothing.</remarks>
    public ErrorPolicy? Errors { get; init; }

    /// <summary>What <c>now()</c> reads. Default: the clock of the machine.</summary>
    public TimeProvider Clock { get; init; } = new JobOptions().Clock;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new SqlOptions());
}

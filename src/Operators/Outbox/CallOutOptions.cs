namespace ActorStreams;

/// <summary>How calls to the outside are made.</summary>
public sealed record CallOutOptions
{
    /// <summary>Calls under way at once, at most, in each of the operator's actors. Default: 16.</summary>
    public int Capacity { get; init; } = 16;

    /// <summary>How long one attempt may take by the job's clock, at most 24 days; then its token is cancelled and it has failed. Default:
    /// 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A key's next call is made when the one before it is over. Otherwise calls of one key may be under way at once, and in any
    /// order. Default: true.</summary>
    public bool OrderedByKey { get; init; } = true;

    /// <summary>The wait by the job's clock after the first failed attempt; doubled for each further one. Default: 1 second.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts. Default: 1 minute.</summary>
    public TimeSpan LastRetry { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After so many failed attempts a call is given up. Null: never. Default: null.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>What becomes of a call that is given up. Default: <see cref="GiveUp.DeadLetter"/>.</summary>
    public GiveUp GiveUp { get; init; }

    /// <summary>
    /// Runs each attempt, to repeat it at once, to break a circuit or to give up early; a Polly pipeline fits: <c>(call, token) =>
    /// polly.ExecuteAsync(call, token)</c>. All that it does is one attempt, within one <see cref="Timeout"/>. Default: the call alone.
    /// </summary>
    public Func<Func<CancellationToken, ValueTask>, CancellationToken, ValueTask>? Resilience { get; init; }

    /// <summary>
    /// Committed calls that are not over, at most, in each of the operator's actors; then it takes no more rows, and what is upstream
    /// waits, epochs too, until some are over. Rows of the epoch under way come on top. Default: 10,000.
    /// </summary>
    public int MaxOpen { get; init; } = 10_000;

    internal void Validate(string pipeline, string name)
    {
        Check(Capacity >= 1, nameof(Capacity), Capacity, "at least 1");
        Check(MaxOpen >= 1, nameof(MaxOpen), MaxOpen, "at least 1");
        Check(MaxAttempts is null or >= 1, nameof(MaxAttempts), MaxAttempts!, "at least 1, or null for no end");
        Check(Timeout > TimeSpan.Zero && Timeout <= TimeSpan.FromDays(24), nameof(Timeout), Timeout, "positive and at most 24 days");
        Check(FirstRetry > TimeSpan.Zero, nameof(FirstRetry), FirstRetry, "positive");
        Check(LastRetry >= FirstRetry && LastRetry <= TimeSpan.FromDays(24), nameof(LastRetry), LastRetry,
            $"at least {nameof(FirstRetry)} and at most 24 days");

        void Check(bool isRight, string option, object value, string range)
        {
            if (!isRight)
                throw new PipelineException($"Pipeline '{pipeline}', operator '{name}': {option} is {value}; it must be {range}.");
        }
    }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new CallOutOptions());
}

/// <summary>What becomes of a call whose last attempt has failed.</summary>
public enum GiveUp
{
    /// <summary>Its row goes to the job's dead letters, with the id and the last error, and the next call of the key follows.</summary>
    DeadLetter,

    /// <summary>It is put out as an outcome that is not acknowledged, and the next call of the key follows.</summary>
    Emit,

    /// <summary>The job fails (or restarts, and tries once more).</summary>
    Fail,
}

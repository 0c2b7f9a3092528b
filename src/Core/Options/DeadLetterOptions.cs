namespace ActorStreams;

/// <summary>How many dead letters the store's table <c>dead_letters</c> keeps of each pipeline, and when a job says that there are
/// many.</summary>
/// <remarks>What is no longer kept is dropped with later epochs, little by little: now and then there is a tenth more.</remarks>
public sealed record DeadLetterOptions
{
    /// <summary>Letters older than this are dropped, by the job's clock. Null: none are for their age. Default: 7 days.</summary>
    public TimeSpan? RetainFor { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The oldest are dropped while there are more than this; each has at most 8,192 characters of row and error. Null: none are
    /// for their number. Default: 100,000.</summary>
    public long? RetainRows { get; init; } = 100_000;

    /// <summary>More letters than this within a minute are told as a <see cref="JobNotice"/>, once a minute. Null: never. Default:
    /// 1,000.</summary>
    public long? NoticeAbovePerMinute { get; init; } = 1000;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new DeadLetterOptions());
}

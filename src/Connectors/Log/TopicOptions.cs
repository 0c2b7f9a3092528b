namespace ActorStreams;

/// <summary>How long a topic keeps rows. The job that starts last decides, except for <see cref="IsCompacted"/>, which is fixed when the
/// topic is made.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed record TopicOptions<T>
{
    /// <summary>Rows committed longer ago than this, by the writing job's clock, are dropped. Null, the default: none.</summary>
    public TimeSpan? RetainFor { get; init; }

    /// <summary>The oldest rows of a partition are dropped while it has more bytes than this. Null, the default: none are.</summary>
    public long? RetainBytes { get; init; }

    /// <summary>Whether only the last row of each key is kept, so that a reader from the beginning sees a table. Default: false.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>Which rows delete their key from a compacted topic: with older rows of the key they are dropped in the end. Null, the
    /// default: none.</summary>
    public Func<T, bool>? IsDeletion { get; init; }

    /// <summary>How long rows that delete stay readable, so that every reader gets them. Default: 1 day.</summary>
    public TimeSpan RetainDeletionsFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The rows of one epoch wait in memory for its transaction; more bytes than this fail the job with a remedy. Per writer;
    /// default: 512 MiB.</summary>
    public long MaxBytesPerEpoch { get; init; } = 512L * 1024 * 1024;

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new TopicOptions<T>());
}

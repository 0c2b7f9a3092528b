namespace ActorStreams;

/// <summary>How a table is captured.</summary>
public sealed record CaptureOptions
{
    /// <summary>The replication slot: 1 to 63 lower-case letters, digits and underscores, used by this source alone. It is made if it is
    /// not there when the job first starts. Null, the default: <c>actorstreams_</c>, the names of the pipeline, the source and the database
    /// as far as there is room, and twelve digits of their hash.</summary>
    public string? Slot { get; init; }

    /// <summary>A publication that holds the table and publishes inserts, updates and deletes; its row filter and columns are respected.
    /// Null, the default: one with the slot's name, made for the table if it is not there (the user must own the table then).</summary>
    public string? Publication { get; init; }

    /// <summary>What the first run begins with. Default: the rows that are there.</summary>
    public CaptureStart Start { get; init; } = CaptureStart.Snapshot;

    /// <summary>Leaves rows that a TRUNCATE took away where they are, instead of failing, in a stream of changes, which cannot tell them;
    /// and accepts a publication that leaves
    /// TRUNCATE out. Default: false.</summary>
    public bool IgnoreTruncate { get; init; }

    /// <summary>What is done when the table is not the captured one any more: it was dropped, dropped and made again, or swapped by
    /// renaming; partitions were attached with rows in them, detached, dropped or
    /// truncated; its key or its place in the publication was changed. The log tells none of this. Default: the job fails.</summary>
    /// <remarks>It is noticed within seconds, and by a job that was down meanwhile when it starts. A job that runs has told by then what
    /// was committed before; the watermark does not go beyond.</remarks>
    public TableReplaced WhenReplaced { get; init; } = TableReplaced.Fail;

    /// <summary>Leaves the rows of partitions that were detached, dropped or truncated where they are: for tables whose old partitions are
    /// dropped because they are old. Default: false.</summary>
    public bool IgnoreDetached { get; init; }

    /// <summary>A transaction becomes visible in one epoch unless it changes more rows than this. Default: 1,000,000.</summary>
    public int MaxTransactionRows { get; init; } = 1_000_000;

    /// <summary>Whether event time goes on while nobody changes the table: every second without a change the server is asked for its time
    /// and the end of its log, by a connection of its own, and once the stream has passed that place the watermark follows, a second
    /// behind. Without it the watermark waits for the next change. Default: true.</summary>
    /// <remarks>A standby cannot answer; there the watermark waits.</remarks>
    public bool AdvanceWhenSilent { get; init; } = true;

    /// <summary>How long to go on connecting after the connection was lost, or to a slot that is still in use, before the job fails.
    /// Default: 1 minute.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After how long a connection that brings nothing is taken for broken, though nobody has closed it, and made anew; 1 second
    /// or more. Default: 1 minute.</summary>
    /// <remarks>
    /// The stream of changes asks the server for a sign of life after half of it. Whatever else takes longer, because the server sorts a
    /// large table or waits for open transactions, is waited for as long as another connection hears that the server is at work on it. A
    /// server process that waits for an answer to what it has sent goes on holding the slot for up to its own <c>wal_sender_timeout</c>
    /// (default 1 minute); it is tried again for <see cref="RetryFor"/>.
    /// </remarks>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new CaptureOptions());
}

/// <summary>What is done when a captured table is replaced.</summary>
public enum TableReplaced
{
    /// <summary>The job fails, with what has happened and what to do.</summary>
    Fail,

    /// <summary>All keys are cleared, and the table is read anew: a clear, all rows as of one moment, then every change since. Only for
    /// <c>Upserts</c>: a stream of changes would need to know which rows went.
    /// A table that is not there at the moment is waited for as long as <see cref="CaptureOptions.RetryFor"/> says.</summary>
    Snapshot,
}

/// <summary>What the first run of a captured table begins with.</summary>
public enum CaptureStart
{
    /// <summary>All rows of the table, then every change since.</summary>
    Snapshot,

    /// <summary>The changes since the slot was made, or last confirmed; if there is no slot, those from now on.</summary>
    Slot,
}

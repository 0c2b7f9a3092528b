namespace ActorStreams;

/// <summary>How an SQLite store writes.</summary>
public sealed record SqliteOptions
{
    /// <summary>What a commit waits for. Default: <see cref="SqliteSynchronous.Full"/>.</summary>
    public SqliteSynchronous Synchronous { get; init; } = SqliteSynchronous.Full;

    /// <summary>How long to wait for another process that is writing the same file. Default: 10 seconds. After it, a transient
    /// <see cref="StoreException"/>.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes written to the write-ahead log before its own thread copies them into the database file. Default: 16 MiB.</summary>
    /// <remarks>
    /// Commits go on meanwhile. A smaller value makes a smaller log and a faster first read after a crash, and more writing. Where commits
    /// come faster than the disk copies, the next one waits until a log of four times this size is copied and emptied: the log is never
    /// larger than that and one commit more, unless a reader stays on an older state.
    /// </remarks>
    public long CheckpointBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Pages the file may have (16 KiB each); 0, the default, means as many as the disk holds. A commit that needs more fails as
    /// on a full disk.</summary>
    public long MaxPages { get; init; }

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new SqliteOptions());
}

/// <summary>What a commit waits for.</summary>
public enum SqliteSynchronous
{
    /// <summary>The disk has it: a committed epoch survives the end of the process and a power cut.</summary>
    Full,

    /// <summary>
    /// The operating system has it: a committed epoch survives the end of the process, but a power cut can take the newest epochs, all
    /// those since the last checkpoint at worst. The file stays consistent, and the job goes on from the last epoch that is in it; output
    /// that left the store for a two-phase or plain sink in the meantime is then written again.
    /// </summary>
    Normal,
}

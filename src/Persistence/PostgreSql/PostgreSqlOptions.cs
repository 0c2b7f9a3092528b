namespace ActorStreams;

/// <summary>Where a PostgreSQL store writes, and how long it tries.</summary>
public sealed record PostgreSqlOptions
{
    /// <summary>The schema of the journal. Default: <c>actorstreams</c>. Lower-case letters, digits and underscores, at most 48.</summary>
    public string Schema { get; init; } = "actorstreams";

    /// <summary>The schema of the tables that transactional sinks write. Default: <c>public</c>. It must exist, and the user must be
    /// allowed to create tables there.</summary>
    public string TableSchema { get; init; } = "public";

    /// <summary>
    /// Accepts a server that can lose what it confirmed (<c>fsync</c> or <c>synchronous_commit</c> off). Default: false. A server that
    /// cannot be written (a standby, a read-only database) is refused always.
    /// </summary>
    public bool AllowUnsafeServer { get; init; }

    /// <summary>How long a commit reconnects after the connection was lost, before it fails with a transient error. Default: 30
    /// seconds.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After how long the server ends a write transaction whose client fell silent, so that a frozen writer, or one whose line is dead,
    /// holds up neither its successor nor its own next attempt. Default: 10 seconds.
    /// </summary>
    public TimeSpan SilentWriterTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of the pauses between attempts to reconnect. Default: the system's.</summary>
#pragma warning disable RS0030 // this default is the one place here that names the system clock
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
#pragma warning restore RS0030

    /// <summary>The settings that differ from their defaults, by name.</summary>
    public override string ToString() => SettingsText.Of(this, new PostgreSqlOptions());
}

using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>What is captured, from where, by which names. Its texts hold no secret.</summary>
internal sealed class CaptureSettings
{
    private readonly string _connectionString;

    /// <param name="connection">Leads to the database.</param>
    /// <param name="table">The table, with its schema unless that is <c>public</c>.</param>
    /// <param name="options">What the user wants.</param>
    /// <param name="context">The job.</param>
    /// <param name="slot">The slot that the job has gone on with so far; null: none yet, or an earlier version did not note it.</param>
    public CaptureSettings(
        NpgsqlConnectionStringBuilder connection, string table, CaptureOptions options, SourceContext context, string? slot)
    {
        Options = options;
        Where = $"Pipeline '{context.Pipeline}', source '{context.Operator}'";
        Clock = context.Clock;
        int dot = table.IndexOf('.', StringComparison.Ordinal);
        (Schema, Name) = dot < 0 ? ("public", table) : (table[..dot], table[(dot + 1)..]);
        string database = connection.Database ?? connection.Username ?? "";
        Slot = options.Slot ?? slot ?? DefaultNames.Of(context.Pipeline, context.Operator, database);
        string? older = DefaultNames.Older(context.Pipeline, context.Operator);
        OlderSlot = options.Slot is null && slot is null && older != Slot ? older : null;
        if (!DefaultNames.IsSlot(Slot))
        {
            throw new SourceException(
                $"{Where}: '{Slot}' is not the name of a replication slot: 1 to 63 lower-case letters, digits and underscores. " +
                $"Set {nameof(CaptureOptions)}.{nameof(CaptureOptions.Slot)}.");
        }

        if (options.SilenceLimit < TimeSpan.FromSeconds(1) || options.SilenceLimit > TimeSpan.FromDays(20))
            throw new SourceException(
                $"{Where}: {nameof(CaptureOptions)}.{nameof(CaptureOptions.SilenceLimit)} is {options.SilenceLimit}; it must be 1 second to 20 days.");
        var builder = new NpgsqlConnectionStringBuilder(connection.ConnectionString)
        {
            Pooling = false,
            CommandTimeout = 0,
            ApplicationName = $"ActorStreams {context.Pipeline}",
        };
        // what values look like must not depend on how the server, the database or the user is set up
        builder.Options =
            $"{builder.Options} -c datestyle=ISO -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex -c intervalstyle=postgres " +
            "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 " +
            "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3".Trim();   // a slot must not be held for a client whose machine is gone
        _connectionString = builder.ConnectionString;
        Server = $"{builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";
    }

    public CaptureOptions Options { get; }

    public TimeProvider Clock { get; }

    /// <summary><see cref="CaptureOptions.SilenceLimit"/>, rounded up.</summary>
    public int SilenceSeconds => (int)Math.Ceiling(Options.SilenceLimit.TotalSeconds);

    /// <summary>Who captures.</summary>
    public string Where { get; }

    public string Server { get; }

    public string Schema { get; }

    public string Name { get; }

    public string Table => $"{Schema}.{Name}";

    public string QuotedTable => $"{Quote(Schema)}.{Quote(Name)}";

    public string Slot { get; private set; }

    /// <summary>What the slot would be called if an earlier version had made it; null: it has not, or its name does not matter.</summary>
    public string? OlderSlot { get; private set; }

    public string Publication => Options.Publication ?? Slot;

    /// <summary>The publication is made if it is not there.</summary>
    public bool MakesPublication => Options.Publication is null;

    /// <summary>The slot of an earlier version is used on, and its publication.</summary>
    public void GoOnWithOlderSlot() => (Slot, OlderSlot) = (OlderSlot!, null);

    /// <summary>For queries and for replication alike.</summary>
    public string ConnectionString => _connectionString;

    /// <summary>The table is not the one that was captured any more.</summary>
    /// <param name="what">What has happened, as the end of a sentence that begins with the table.</param>
    public SourceException Replaced(string what) => new($"{Where}: {Table} {what}. What was told of it stands as it was. Start with a " +
        $"new name for the source: it begins with a snapshot. " +
        $"Or set {nameof(CaptureOptions)}.{nameof(CaptureOptions.WhenReplaced)} to {nameof(TableReplaced.Snapshot)}: then a source of " +
        $"{nameof(PostgreSqlTable.Upserts)} begins again by itself.");

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}

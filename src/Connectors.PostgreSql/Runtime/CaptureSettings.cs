using ActorStreams.Core;
using ActorStreams.Core.Sources;
using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Runtime;

/// <summary>What is captured, from where, by which names. Its texts hold no secret.</summary>
internal sealed class CaptureSettings
{
    private readonly string _connectionString;

    public CaptureSettings(string connectionString, string table, CaptureOptions options, SourceContext context)
    {
        Options = options;
        Where = $"Pipeline '{context.Pipeline}', source '{context.Operator}'";
        Clock = context.Clock;
        int dot = table.IndexOf('.', StringComparison.Ordinal);
        (Schema, Name) = dot < 0 ? ("public", table) : (table[..dot], table[(dot + 1)..]);
        string made = string.Concat($"actorstreams_{context.Pipeline}_{context.Operator}".ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
        Slot = options.Slot ?? made;
        if (Slot.Length is 0 or > 63 || Slot.Any(letter => !(char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_')))
        {
            throw new SourceException($"{Where}: '{Slot}' is not the name of a replication slot: 1 to 63 lower-case letters, digits and underscores. " +
                $"Set {nameof(CaptureOptions)}.{nameof(CaptureOptions.Slot)}.");
        }

        if (options.SilenceLimit < TimeSpan.FromSeconds(1) || options.SilenceLimit > TimeSpan.FromDays(20))
            throw new SourceException($"{Where}: {nameof(CaptureOptions)}.{nameof(CaptureOptions.SilenceLimit)} is {options.SilenceLimit}; it must be 1 second to 20 days.");
        Publication = options.Publication ?? Slot;
        MakesPublication = options.Publication is null;
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0, ApplicationName = $"ActorStreams {context.Pipeline}" };
        // what values look like must not depend on how the server, the database or the user is set up
        builder.Options = $"{builder.Options} -c datestyle=ISO -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex -c intervalstyle=postgres " +
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

    public string Slot { get; }

    public string Publication { get; }

    /// <summary>The publication is made if it is not there.</summary>
    public bool MakesPublication { get; }

    /// <summary>For queries and for replication alike.</summary>
    public string ConnectionString => _connectionString;

    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}

using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>What the server and the driver report, as errors that say what to do; never a connection string.</summary>
internal static class CaptureErrors
{
    /// <summary>Whether connecting again can help: also where a table went between two questions, and the next look says so.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        PostgresException e => e.SqlState.StartsWith("08", StringComparison.Ordinal)
            || e.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || e.SqlState is "53300" or "55006" or "42710" or "58030" or "42P01",
        NpgsqlException e =>
            e.InnerException is IOException or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException
            || e.IsTransient || e.InnerException is null,
        IOException or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    public static SourceException Of(CaptureSettings settings, string what, Exception error)
    {
        if (error is TableMissingException)
            return new SourceException($"{error.Message} It was waited for as long as " +
                $"{nameof(CaptureOptions)}.{nameof(CaptureOptions.RetryFor)} says.");
        string remedy = error is PostgresException e ? RemedyOf(settings, e) : IsTransient(error)
            ? "Check that the server runs and can be reached." : "";
        string message = error is PostgresException known ? $"{known.MessageText} (SQLSTATE {known.SqlState})" : error.Message;
        return new SourceException($"{settings.Where}: {what} at {settings.Server} failed: {message}. {remedy}", error);
    }

    private static string RemedyOf(CaptureSettings settings, PostgresException error) => error.SqlState switch
    {
        "28P01" or "28000" => "Check the user and the password, and that pg_hba.conf lets the user connect.",
        "3D000" => "Create the database, or correct its name.",
        "42501" when error.MessageText.Contains("replication", StringComparison.OrdinalIgnoreCase)
            || error.MessageText.Contains("WAL", StringComparison.Ordinal) =>
            "The user may not replicate. Run ALTER ROLE … REPLICATION for it (on managed servers: grant its role for replication).",
        "42501" => $"The user lacks a right. To capture a table it needs REPLICATION, and SELECT on {settings.Table}" +
            (settings.MakesPublication
                ? $"; to make the publication it must own the table and have CREATE on the database, or have the publication made for it and named in {nameof(CaptureOptions)}." : "."),
        "53400" => "All replication slots are in use: drop one that nobody needs (pg_replication_slots shows them), or raise max_replication_slots and restart the server.",
        "55000" when error.MessageText.Contains("wal_level", StringComparison.Ordinal) =>
            "Set wal_level = logical in postgresql.conf and restart the server.",
        "55000" => $"The server does not keep what the slot '{settings.Slot}' has not confirmed any more. Drop the slot, and start with a new name for the source: it begins with a snapshot.",
        "55006" => $"Another connection uses the slot '{settings.Slot}'. A slot serves one source of one job: stop the other, or name another slot.",
        "42704" => $"Make the publication: CREATE PUBLICATION {CaptureSettings.Quote(settings.Publication)} FOR TABLE {settings.QuotedTable}.",
        _ => "",
    };
}

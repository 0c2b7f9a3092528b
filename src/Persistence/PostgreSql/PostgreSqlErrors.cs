using System.Data;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>What the server and the driver report, as errors that say whether trying again can help; never a connection string.</summary>
internal static class PostgreSqlErrors
{
    /// <summary>Whether the connection is gone, so that the outcome of a commit under way is not known.</summary>
    public static bool IsConnectionLost(Exception error, NpgsqlConnection? connection) => error switch
    {
        PostgresException e => e.SqlState.StartsWith("08", StringComparison.Ordinal)
            || e.SqlState is "57P01" or "57P02" or "57P03" or "57P05" or "25P03" or "53300",
        NpgsqlException e => e.InnerException is IOException or System.Net.Sockets.SocketException or TimeoutException
            || IsClosed(connection),
        InvalidOperationException => IsClosed(connection),
        IOException or System.Net.Sockets.SocketException or TimeoutException => true,
        _ => false,
    };

    public static StoreException Of(string where, string what, Exception error)
    {
        if (error is not PostgresException e)
            return new StoreException($"{where}: {what} failed: {error.Message}. Nothing was written.",
                isTransient: error is NpgsqlException { IsTransient: true } or IOException or TimeoutException, error);
        (string remedy, bool isTransient) = e.SqlState switch
        {
            "53100" => ("The server's disk is full. Nothing was written; free some space, and the same commit succeeds.", true),
            "28P01" or "28000" => ("Check the user and the password.", false),
            "3D000" => ("Create the database, or correct its name.", false),
            "42501" => ("Grant the user the right, or choose schemas it owns by the store's options.", false),
            "3F000" => ("Create the schema, or choose another one by the store's options.", false),
            "25006" => ("The server is read-only: connect to the primary.", true),
            _ => ("Nothing was written.", e.IsTransient || e.SqlState.StartsWith("53", StringComparison.Ordinal)
                || e.SqlState is "55P03" or "57014" or "40001" or "40P01"),
        };
        return new StoreException($"{where}: {what} failed: {e.MessageText} (SQLSTATE {e.SqlState}). {remedy}", isTransient, error);
    }

    private static bool IsClosed(NpgsqlConnection? connection) => connection?.FullState.HasFlag(ConnectionState.Open) != true
        || connection.FullState.HasFlag(ConnectionState.Broken);
}

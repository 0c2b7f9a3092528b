using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>Reads a connection string: the one place where that is done, for stores, sinks and captures alike.</summary>
/// <remarks>
/// A connection string holds a password, and a slip in it (a semicolon or a quote that is missing) makes the driver take a part of the
/// password for something else: for the name of a setting or its value, which
/// its exceptions quote, or for the name of a host, which every description shows. So what the driver says is neither repeated nor kept as
/// an inner exception, and names that cannot be names are refused.
/// </remarks>
internal static class ConnectionText
{
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="parameter">The name of the caller's parameter.</param>
    /// <exception cref="ArgumentException">It cannot be read; nothing of it stands in the message.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString, string parameter = "connectionString")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString, parameter);
        NpgsqlConnectionStringBuilder? builder = null;
        try
        {
            builder = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or OverflowException
            or NotSupportedException or KeyNotFoundException)
        {
            // see above
        }

        if (builder is null || !IsHost(builder.Host) || !IsName(builder.Database) || !IsName(builder.Username)
            || !IsName(builder.ApplicationName))
        {
            throw new ArgumentException("The PostgreSQL connection string cannot be read. It has the form " +
                "'Host=...;Username=...;Password=...;Database=...' (not that of a URL); " +
                "put a value with a semicolon, an equals sign or a quote in single quotes, and double a single quote in it.", parameter);
        }

        return builder;
    }

    /// <summary>Names and addresses with ports, separated by commas; or the folder of a socket.</summary>
    private static bool IsHost(string? host) => host is null || host.StartsWith('/') || host.StartsWith('@') ? IsName(host)
        : host.All(static letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':' or ',' or '[' or ']' or '%');

    /// <summary>Whether it does not look like the rest of a connection string.</summary>
    private static bool IsName(string? name) => name is null
        || !(name.Contains('=') && (name.Contains("password", StringComparison.OrdinalIgnoreCase) || name.Contains("pwd",
            StringComparison.OrdinalIgnoreCase) || name.Contains("psw", StringComparison.OrdinalIgnoreCase)));
}

using ActorStreams.Persistence.PostgreSql;
using ActorStreams.Persistence.Sqlite;

namespace ActorStreams;

/// <summary>The stores that come with the framework: <c>Store.InMemory()</c>, <c>Store.Sqlite(path)</c>,
/// <c>Store.PostgreSql(connectionString)</c>.</summary>
public static class Stores
{
    extension(Store)
    {
        /// <summary>A store that lives as long as the object: for tests, and for jobs whose state may be lost with the process.</summary>
        public static MemoryStore InMemory() => new();

        /// <summary>A store in one SQLite file, created if it is not there. The file is first touched when a job is opened.</summary>
        /// <param name="path">The file, relative to the current folder; its folder must exist. On a local disk, never a network
        /// share.</param>
        /// <param name="options">How it writes; the defaults survive a power cut.</param>
        /// <exception cref="ArgumentException">The path is empty or <c>:memory:</c>.</exception>
        public static Store Sqlite(string path, SqliteOptions? options = null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(path);
            if (path == ":memory:")
                throw new ArgumentException("An SQLite store needs a file. Use Store.InMemory() for a store without one.", nameof(path));
            return new SqliteStore(path, options ?? new SqliteOptions());
        }

        /// <summary>A store in a schema of a PostgreSQL database (13 or newer), created if it is not there. The server is first reached
        /// when a job is opened.</summary>
        /// <param name="connectionString">As Npgsql takes it; it never appears in a message. It must lead to the primary.</param>
        /// <param name="options">Where it writes, and how long it tries.</param>
        /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
        public static Store PostgreSql(string connectionString, PostgreSqlOptions? options = null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
            return new PostgreSqlStore(connectionString, options ?? new PostgreSqlOptions());
        }
    }
}

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using ActorStreams.Persistence.Shared;
using Npgsql;

namespace ActorStreams.Persistence.PostgreSql;

/// <summary>A schema of a PostgreSQL database: any number of processes may use it, and the database judges who writes.</summary>
internal sealed class PostgreSqlStore : Store
{
    private readonly NpgsqlDataSource _source;
    private bool _isSchemaThere;

    public PostgreSqlStore(string connectionString, PostgreSqlOptions options, IStoreFaults? faults = null)
    {
        CheckSchema(options.Schema, nameof(options.Schema));
        CheckSchema(options.TableSchema, nameof(options.TableSchema));
        (Options, Faults) = (options, faults);
        TopicLog = new PostgreSqlTopicLog(this);
        NpgsqlConnectionStringBuilder builder = ConnectionText.Parse(connectionString);
        builder.ApplicationName ??= "ActorStreams";
        builder.Enlist = false;   // an epoch is a transaction of its own, whatever scope the caller has open
        _source = NpgsqlDataSource.Create(builder);
        Description = $"PostgreSQL store {builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}, schema '{options.Schema}'";
    }

    public PostgreSqlOptions Options { get; }

    public IStoreFaults? Faults { get; }

    public PostgreSqlTopicLog TopicLog { get; }

    public override TopicLog Topics => TopicLog;

    public override string Description { get; }

    public override string Durability => Options.AllowUnsafeServer
        ? "As durable as the server was configured to be; unsafe settings are accepted."
        : "Survives the end of the process and of the server, and what the server's replication survives.";

    public override async ValueTask<JobJournal> OpenAsync(string job, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(job);
        return await GuardAsync($"opening job '{job}'", async () =>
        {
            await using NpgsqlConnection connection = await ConnectToReadAsync(cancellation);
            Faults?.Reach("open schema");
            await EnsureSchemaAsync(connection, cancellation);
            return await PostgreSqlJournal.OpenAsync(this, connection, job, cancellation);
        });
    }

    public override bool TakesNodes => true;

    public override async ValueTask<NodeJournal> OpenNodeAsync(string job, long generation, CancellationToken cancellation = default) =>
        await GuardAsync<NodeJournal>($"opening job '{job}' for a node", async () =>
        {
            await using NpgsqlConnection connection = await ConnectToReadAsync(cancellation);
            await EnsureSchemaAsync(connection, cancellation);
            await PostgreSqlPrepared.EnsureAsync(connection, Options.Schema, cancellation);
            await using NpgsqlCommand command = new($"SELECT id FROM \"{Options.Schema}\".jobs WHERE name = $1", connection)
            { Parameters = { new() { Value = job } } };
            return await command.ExecuteScalarAsync(cancellation) is int id ? new PostgreSqlNode(this, job, id, generation)
                : throw new StoreException($"{Description}: there is no job '{job}'; its writer opens it first.");
        });

    public override async ValueTask<JobReader?> OpenReaderAsync(string job, CancellationToken cancellation = default) =>
        await GuardAsync<JobReader?>($"opening job '{job}' for reading", async () =>
        {
            await using NpgsqlConnection connection = await ConnectToReadAsync(cancellation);
            if (!_isSchemaThere && !await PostgreSqlSchema.IsThereAsync(connection, Description, Options.Schema, cancellation))
                return null;
            await using NpgsqlCommand command = new($"SELECT id FROM \"{Options.Schema}\".jobs WHERE name = $1",
                connection)
            { Parameters = { new() { Value = job } } };
            return await command.ExecuteScalarAsync(cancellation) is int id ? new PostgreSqlReader(new PostgreSqlReading(this, job, id))
                : null;
        });

    /// <summary>Makes the store's own tables where they are missing.</summary>
    public async Task EnsureSchemaAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (!_isSchemaThere)
            await PostgreSqlSchema.EnsureAsync(connection, Description, Options, cancellation);
        _isSchemaThere = true;
    }

    /// <summary>A connection that may turn out to be dead: for who tries again.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation) => await _source.OpenConnectionAsync(cancellation);

    /// <summary>A connection that answered just now: an idle one may have died with its server long ago.</summary>
    public async Task<NpgsqlConnection> ConnectToReadAsync(CancellationToken cancellation)
    {
        NpgsqlConnection connection = await ConnectAsync(cancellation);
        try
        {
            await PostgreSqlSchema.ExecuteAsync(connection, "SELECT 1", cancellation);
            return connection;
        }
        catch (Exception e) when (PostgreSqlErrors.IsConnectionLost(e, connection))
        {
            await connection.DisposeAsync();
            DropIdleConnections();
            return await ConnectAsync(cancellation);
        }
    }

    /// <summary>After a connection was lost its idle siblings are likely dead too.</summary>
    public void DropIdleConnections() => _source.Clear();

    /// <summary>Turns what the driver throws into a <see cref="StoreException"/>.</summary>
    public async Task<T> GuardAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (IsDriverError(e))
        {
            DropIdleConnectionsIfLost(e);
            throw PostgreSqlErrors.Of(Description, what, e);
        }
    }

    /// <summary>The same for a stream.</summary>
    public async IAsyncEnumerable<T> GuardAsync<T>(string what, IAsyncEnumerable<T> source,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using IAsyncEnumerator<T> items = source.GetAsyncEnumerator(cancellation);
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                    break;
            }
            catch (Exception e) when (IsDriverError(e))
            {
                DropIdleConnectionsIfLost(e);
                throw PostgreSqlErrors.Of(Description, what, e);
            }

            yield return items.Current;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await base.DisposeAsync();
    }

    private static bool IsDriverError(Exception error) => error is NpgsqlException or IOException or SocketException or TimeoutException;

    private void DropIdleConnectionsIfLost(Exception error)
    {
        if (PostgreSqlErrors.IsConnectionLost(error, connection: null))
            DropIdleConnections();
    }

    private static void CheckSchema(string schema, string option)
    {
        if (!TableRules.IsIdentifier(schema))
            throw new StoreException(
                $"{nameof(PostgreSqlOptions)}.{option}: '{schema}' cannot be the name of a schema. Use lower-case letters, digits and underscores, at most 48.");
    }
}

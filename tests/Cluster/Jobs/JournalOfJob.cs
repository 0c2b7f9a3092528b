using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.Tests;
using Akka.Actor;
using Npgsql;

namespace ActorStreams.Cluster.Tests.Jobs;

/// <summary>Where the state of a job is: in the store of its rows, or in a journal of Akka.Persistence that all nodes have.</summary>
/// <param name="isAkka">Whether it is in Akka.Persistence.</param>
/// <param name="rows">The store of its rows.</param>
internal abstract class JournalOfJob(bool isAkka, Store rows)
{
    /// <summary>The store of the rows, whose calls may be held.</summary>
    public HeldStore Held { get; } = new(rows);

    /// <summary>The settings of the ActorSystems that have it.</summary>
    public string Settings => isAkka ? Plugin : "";

    protected abstract string Plugin { get; }

    /// <summary>The store as a node has it.</summary>
    public Store On(ActorSystem node) => isAkka ? Store.AkkaPersistence(node, Held) : Held;

    /// <summary>What the job has written to its table.</summary>
    public abstract IReadOnlyList<string> Results();
}

/// <summary>Everything in this process.</summary>
internal sealed class MemoryOfJob : JournalOfJob
{
    private readonly string _name = Guid.NewGuid().ToString("N");
    private readonly MemoryStore _rows;

    public MemoryOfJob(bool isAkka)
        : this(isAkka, new MemoryStore())
    {
    }

    private MemoryOfJob(bool isAkka, MemoryStore rows)
        : base(isAkka, rows) => _rows = rows;

    protected override string Plugin => JournalOfNodes.Hocon(_name);

    public override IReadOnlyList<string> Results() => CountsOfNodes.In(_rows);
}

/// <summary>A database of PostgreSQL with rows, and with a journal of Akka.Persistence.Sql.</summary>
internal sealed class DatabaseOfJob : JournalOfJob
{
    private readonly string _connection;

    private DatabaseOfJob(bool isAkka, string connection)
        : base(isAkka, Store.PostgreSql(connection)) => _connection = connection;

    protected override string Plugin => SqlJournal.Of("PostgreSQL.15", $"{_connection};Maximum Pool Size=8");

    /// <summary>A new one. The tables of the journal are there: nodes that made them at the same time would be in each other's
    /// way.</summary>
    public static async Task<DatabaseOfJob> CreateAsync(bool isAkka)
    {
        var database = new DatabaseOfJob(isAkka, PostgreSqlServer.Shared.NewDatabase());
        if (!isAkka)
            return database;
        using ActorSystem system = ActorSystem.Create("tables", database.Plugin);
        await using Store store = Store.AkkaPersistence(system, new MemoryStore());
        await using JobJournal journal = await store.OpenAsync("tables");
        await journal.CommitAsync(new EpochCommit
        {
            Epoch = 1,
            CommittedAt = 0,
            Manifest = ReadOnlyMemory<byte>.Empty,
            Events = [new JournalEvent("first", 0, 1, IsSnapshot: true, 0, ReadOnlyMemory<byte>.Empty)],
            Tables = [],
            RetainFrom = 1,
        });
        return database;
    }

    public override IReadOnlyList<string> Results()
    {
        using var connection = new NpgsqlConnection($"{_connection};Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand("SELECT key, second, count FROM counts", connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
            rows.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)} {reader.GetInt64(1)} {reader.GetInt64(2)}"));
        return [.. rows.Order(StringComparer.Ordinal)];
    }
}

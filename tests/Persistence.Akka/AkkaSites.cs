using ActorStreams.Authoring;
using ActorStreams.Persistence.Tests;
using ActorStreams.Tests;
using ActorStreams.TestKit;
using Akka.Actor;
using Akka.Configuration;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Persistence.Akka.Tests;

/// <summary>A place for a store with its state in a journal plugin, in an ActorSystem of its own.</summary>
public abstract class AkkaSite : StoreSite
{
    private ActorSystem? _system;

    /// <summary>Where the site's state is.</summary>
    public ActorSystem System => _system ??= ActorSystem.Create("site", ConfigurationFactory.ParseString(Hocon + """

        akka.loglevel = ERROR
        akka.stdout-loglevel = ERROR
        akka.coordinated-shutdown.run-by-clr-shutdown-hook = off
        """));

    /// <summary>The journal plugin's settings.</summary>
    protected abstract string Hocon { get; }

    /// <summary>Where epochs, tables and topics are.</summary>
    protected abstract StoreSite Rows { get; }

    public override bool IsDurable => Rows.IsDurable;

    public override Store Open() => Store.AkkaPersistence(System, Rows.Open());

    public override Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types) =>
        Rows.ReadTableAsync(name, types);

    /// <summary>Ends the ActorSystem, as the end of a process would; the next <see cref="Open"/> has a new one.</summary>
    public async Task EndSystemAsync()
    {
        if (_system is not null)
            await _system.Terminate();
        _system = null;
    }

    public override async ValueTask DisposeAsync()
    {
        await EndSystemAsync();
        await Rows.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>Everything in memory.</summary>
public sealed class InMemorySite : AkkaSite
{
    protected override string Hocon => """
        akka.persistence.journal {
          plugin = "akka.persistence.journal.of-test"
          of-test.class = "Akka.Persistence.Journal.MemoryJournal, Akka.Persistence"
        }
        """;

    protected override StoreSite Rows { get; } = new MemoryFixture();
}

/// <summary>Rows in memory, state in a journal that other ActorSystems of the process may have, too.</summary>
public sealed class NodesSite : AkkaSite
{
    private readonly string _name;

    public NodesSite()
        : this(Guid.NewGuid().ToString("N"), new MemoryFixture())
    {
    }

    private NodesSite(string name, StoreSite rows) => (_name, Rows) = (name, rows);

    public SharedJournal Journal => JournalOfNodes.Of(_name);

    protected override string Hocon => JournalOfNodes.Hocon(_name);

    protected override StoreSite Rows { get; }

    /// <summary>The same place as another node has it: with an ActorSystem of its own.</summary>
    public NodesSite Beside() => new(_name, Rows);
}

/// <summary>Rows in memory, state by Akka.Persistence.Sql in an SQLite file: nodes on one machine may have it.</summary>
public sealed class SqliteJournalSite : AkkaSite
{
    private readonly SqliteSite _journal = new();

    protected override string Hocon => _journal.Settings;

    protected override StoreSite Rows { get; } = new MemoryFixture();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _journal.DisposeAsync();
    }
}

/// <summary>Rows in one SQLite file, state by Akka.Persistence.Sql in another.</summary>
public sealed class SqliteSite : AkkaSite
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actorstreams-akka-").FullName;

    public SqliteSite()
    {
        // It stays in the file: readers and a writer do not wait for each other.
        using SqliteConnection connection = Connect();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA journal_mode = WAL";
        command.ExecuteNonQuery();
    }

    /// <summary>The settings of its journal plugin.</summary>
    public string Settings => Hocon;

    /// <summary>The file of the journal plugin.</summary>
    public string JournalFile => Path.Combine(_folder, "journal.db");

    protected override string Hocon => SqlJournal.Of("SQLite.MS", ConnectionString);

    private string ConnectionString => $"Data Source={JournalFile}";

    protected override StoreSite Rows { get; } = new SqliteFixture();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        using (var pool = new SqliteConnection(ConnectionString))
            SqliteConnection.ClearPool(pool);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A connection to the journal's file, beside the plugin's own.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"{ConnectionString};Pooling=False");
        connection.Open();
        return connection;
    }
}

/// <summary>Rows and state in one schema of a PostgreSQL database, which all sites share: so do they their connections.</summary>
public sealed class PostgreSqlSite : AkkaSite
{
    private readonly PostgreSqlFixture _rows = new();

    protected override string Hocon => $"""
        {SqlJournal.Of("PostgreSQL.15", $"{_rows.ConnectionString};Maximum Pool Size=16")}
        akka.persistence.journal.sql.default.schema-name = {_rows.Options.Schema}
        akka.persistence.journal.sql.default.journal.table-name = shard_journal
        """;

    protected override StoreSite Rows => _rows;
}

using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using ActorStreams.Authoring;
using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>A copy of a golden store, and what is in its tables.</summary>
internal abstract class GoldenStore(StoreFixture fixture) : IAsyncDisposable
{
    public abstract string File { get; }

    public StoreFixture Fixture => fixture;

    /// <summary>Brings the store to where the version that made it has left it.</summary>
    public void Unpack()
    {
        using Stream packed = Resource(File);
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        Unpack(unpacked);
    }

    /// <summary>Keeps what <paramref name="fixture"/> holds as the golden store.</summary>
    public void Keep()
    {
        using Stream packed = System.IO.File.Create(PathOf(File));
        using var packing = new GZipStream(packed, CompressionLevel.SmallestSize);
        Pack(packing);
    }

    /// <summary>The lines of a job's results, in order of their text.</summary>
    public async Task<string> ResultsAsync(GoldenJob job)
    {
        List<string> lines = [];
        foreach (string table in job.Tables)
        {
            int columns = await ColumnsAsync(table);
            foreach (object?[] row in await fixture.ReadTableAsync(table, [.. Enumerable.Repeat(ColumnType.Text, columns)]))
                lines.Add(string.Join(" = ", row));
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    public ValueTask DisposeAsync() => fixture.DisposeAsync();

    /// <summary>A golden file of this assembly.</summary>
    public static Stream Resource(string file) => typeof(GoldenStore).Assembly.GetManifestResourceStream($"golden.{file}")!;

    /// <summary>Beside this file, so that a new one is kept where it is committed.</summary>
    public static string PathOf(string file, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, file);

    protected abstract void Unpack(Stream from);

    protected abstract void Pack(Stream to);

    protected abstract Task<int> ColumnsAsync(string table);
}

internal sealed class SqliteGolden(SqliteFixture fixture) : GoldenStore(fixture)
{
    public SqliteGolden()
        : this(new SqliteFixture())
    {
    }

    public override string File => "sqlite.db.gz";

    protected override void Unpack(Stream from)
    {
        using FileStream to = System.IO.File.Create(fixture.File);
        from.CopyTo(to);
    }

    protected override void Pack(Stream to)
    {
        fixture.Execute("VACUUM");
        using FileStream from = System.IO.File.OpenRead(fixture.File);
        from.CopyTo(to);
    }

    protected override Task<int> ColumnsAsync(string table) =>
        Task.FromResult((int)fixture.Count($"SELECT count(*) FROM pragma_table_info('{table}')"));
}

internal sealed class PostgreSqlGolden : GoldenStore
{
    private readonly PostgreSqlFixture _fixture;

    public PostgreSqlGolden()
        : this(new PostgreSqlFixture(ownDatabase: true) { Options = new() { Schema = "golden", TableSchema = "golden" } })
    {
    }

    private PostgreSqlGolden(PostgreSqlFixture fixture)
        : base(fixture) => _fixture = fixture;

    public override string File => "postgresql.sql.gz";

    protected override void Unpack(Stream from) =>
        PostgreSqlServer.Execute(_fixture.ConnectionString, new StreamReader(from, Encoding.UTF8).ReadToEnd());

    /// <summary>As <c>pg_dump</c> says it, without what another version of the server or another client does not know.</summary>
    protected override void Pack(Stream to)
    {
        using var writer = new StreamWriter(to, new UTF8Encoding(false));
        foreach (string line in Dump().Split('\n'))
        {
            if (line.Length > 0 && !line.StartsWith('\\') && !line.StartsWith("--", StringComparison.Ordinal) &&
                !line.StartsWith("SET ", StringComparison.Ordinal)
                    && !line.StartsWith("SELECT pg_catalog.set_config", StringComparison.Ordinal))
            {
                writer.Write(line);
                writer.Write('\n');
            }
        }
    }

    protected override async Task<int> ColumnsAsync(string table)
    {
        await using NpgsqlConnection connection = new(_fixture.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(
            $"SELECT count(*) FROM information_schema.columns WHERE table_schema = 'golden' AND table_name = '{table}'", connection);
        return (int)(long)(await command.ExecuteScalarAsync())!;
    }

    private string Dump()
    {
        NpgsqlConnectionStringBuilder where = new(_fixture.ConnectionString);
        using Process dump = Process.Start(new ProcessStartInfo(Path.Combine(PostgreSqlBinaries.Folder, "pg_dump"),
            ["--inserts", "--no-owner", "--no-privileges", $"--host={where.Host}", $"--port={where.Port}",
                $"--username={where.Username}", where.Database!])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["PGPASSWORD"] = where.Password ?? "" },
        })!;
        string text = dump.StandardOutput.ReadToEnd();
        dump.WaitForExit();
        return dump.ExitCode == 0 ? text : throw new InvalidOperationException($"pg_dump ended with {dump.ExitCode}.");
    }
}

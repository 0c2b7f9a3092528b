using ActorStreams.Authoring;
using ActorStreams.TestKit;
using Microsoft.Data.Sqlite;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/contracts.md.</summary>
public sealed class ContractsPage
{
    private static readonly string s_folder = Directory.CreateTempSubdirectory("contracts-").FullName;

    #region contracts-source
    [Fact]
    public async Task Lines_of_a_file_keep_the_contract_of_sources()
    {
        string path = Path.Combine(s_folder, "lines.txt");
        await File.WriteAllLinesAsync(path, ["one", "two", "three", "four"]);

        await new SourceContract<string>(() => new LineFile(path), items: 4).HoldsAsync();
    }
    #endregion

    [Fact]
    public async Task A_source_is_looked_at_without_a_job()
    {
        string path = Path.Combine(s_folder, "three.txt");
        await File.WriteAllLinesAsync(path, ["one", "two", "three"]);

        #region contracts-probe
        SourceReading<string> all = await SourceProbe.ReadAsync(new LineFile(path));
        SourceReading<string> rest = await SourceProbe.ReadAsync(new LineFile(path), from: all.Stops[0].Offset);
        #endregion

        Assert.Equal(["one", "two", "three"], all.Rows);
        Assert.Equal(all.Rows, rest.Rows);
    }

    #region contracts-sink
    private sealed class LineSinkSite : SinkSite<string>
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("line-sink-");

        public override Sink<string> NewSink() => new SinksPage.LineSink(_folder.FullName);

        public override Task<IReadOnlyList<string>> ReadAsync() =>                 // what a reader sees: never a staged file
            Task.FromResult<IReadOnlyList<string>>([.. _folder.GetFiles("*.txt").SelectMany(file => File.ReadAllLines(file.FullName))]);

        public override ValueTask DisposeAsync()
        {
            _folder.Delete(recursive: true);
            return base.DisposeAsync();
        }
    }

    [Fact]
    public Task Files_of_lines_keep_the_contract_of_sinks() =>
        new SinkContract<string>(() => new LineSinkSite(), row: number => $"line {number}").HoldsAsync();
    #endregion

    #region contracts-store
    private sealed class SqliteSite : StoreSite
    {
        private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("store-").FullName, "store.db");

        public override Store Open() => Store.Sqlite(_file);                       // your store, on the same data each time

        public override async Task<IReadOnlyList<object?[]>> ReadTableAsync(string name, params ColumnType[] types)
        {
            await using var connection = new SqliteConnection($"Data Source={_file};Pooling=False");
            await connection.OpenAsync();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM \"{name}\"";
            await using SqliteDataReader reader = await command.ExecuteReaderAsync();
            List<object?[]> rows = [];
            while (await reader.ReadAsync())
                rows.Add([.. types.Select((type, column) => ValueOf(reader, column, type))]);
            return rows;
        }
    }

    public static TheoryData<string> Requirements => [.. StoreContract.Requirements];

    [Theory]
    [MemberData(nameof(Requirements))]
    public async Task The_store_keeps(string requirement)
    {
        await new StoreContract(() => new SqliteSite()).HoldsAsync(requirement);
        await new StoreContract(() => new SqliteSite(), reopens: true).HoldsAsync(requirement);
    }
    #endregion

    private static object? ValueOf(SqliteDataReader reader, int column, ColumnType type) => reader.IsDBNull(column) ? null : type switch
    {
        ColumnType.Double => reader.GetValue(column) is string ? double.NaN : reader.GetDouble(column),
        ColumnType.Boolean => reader.GetInt64(column) != 0,
        ColumnType.Timestamp => reader.GetDateTimeOffset(column),
        ColumnType.Bytes => reader.GetFieldValue<byte[]>(column),
        ColumnType.Int64 => reader.GetInt64(column),
        _ => reader.GetString(column),
    };
}

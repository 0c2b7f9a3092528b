using System.Globalization;
using ActorStreams.Authoring;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Connectors.Tests;

/// <summary>Every sink that is brought is held to the contract that the TestKit brings for sinks of one's own.</summary>
[Trait("Issue", "11")]
public sealed class SinkContractSpec
{
    private static readonly SinkContract<string> s_any = new(() => throw new InvalidOperationException(), _ => "");

    public static TheoryData<string> Requirements => [.. s_any.Requirements];

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_CSV_file(string requirement) => Lines(new FileSite(".csv", path =>
        Csv.ToFile<string>(path, columns => columns.Column("row", row => row))), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_file_of_JSON_lines(string requirement) =>
        Lines(new FileSite(".jsonl", path => JsonLines.ToFile<string>(path)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task An_Avro_file(string requirement) => Lines(new FileSite(".avro", path => Avro.ToFile<string>(path)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_table_of_the_store(string requirement) => Lines(new TableSite(), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_table_of_the_store_that_is_kept_in_step(string requirement) => Upserts(new UpsertTableSite(), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_topic(string requirement) => Lines(new TopicSite(name => Topics.To<string>(name, partitions: 2)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_topic_with_keys(string requirement) =>
        Lines(new TopicSite(name => Topics.To<string, string>(name, partitions: 3, row => row)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_function_for_every_row(string requirement) =>
        Lines(new CallbackSite(seen => Sinks.ForEach<string>(seen.Add)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_function_for_every_batch(string requirement) => Lines(new CallbackSite(seen => Sinks.ForEachBatch<string>((rows, _) =>
    {
        seen.AddRange(rows);
        return ValueTask.CompletedTask;
    }, batchRows: 4)), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_table_of_another_database(string requirement) => Upserts(new PostgreSqlSite(writers: 1), requirement);

    [Theory]
    [MemberData(nameof(Requirements))]
    public Task A_table_of_another_database_by_several_writers(string requirement) => Upserts(new PostgreSqlSite(writers: 3), requirement);

    private static Task Lines(SinkSite<string> site, string requirement) =>
        new SinkContract<string>(() => site, row: n => $"row {n}").HoldsAsync(requirement);

    private static Task Upserts(SinkSite<Upsert<long, string>> site, string requirement) =>
        new SinkContract<Upsert<long, string>>(() => site, n => Upsert<long, string>.Put(n, $"row {n}"), upsert =>
            $"{upsert.Key}: {upsert.Row}")
            .HoldsAsync(requirement);

    /// <summary>One file in a folder, and what its own source reads of it.</summary>
    private sealed class FileSite(string extension, Func<string, Sink<string>> toFile) : SinkSite<string>
    {
        private readonly TemporaryFolder _folder = new();

        private string Path => _folder[$"out{extension}"];

        public override Sink<string> NewSink() => toFile(Path);

        public override async Task<IReadOnlyList<string>> ReadAsync()
        {
            if (!File.Exists(Path))
                return [];
            return await SourceProbe.RowsAsync(extension switch
            {
                ".csv" => Csv.File<string>(Path),
                ".avro" => Avro.File<string>(Path),
                _ => JsonLines.File<string>(Path),
            });
        }

        public override ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return base.DisposeAsync();
        }
    }

    private sealed class TableSite : SinkSite<string>
    {
        public override Sink<string> NewSink() => Sinks.Table<string>("lines", table => table.Column("line", line => line));

        public override Task<IReadOnlyList<string>> ReadAsync() =>
            Task.FromResult<IReadOnlyList<string>>([.. ((SimulatedStore)Store).ReadTable("lines").Select(row => (string)row[0]!)]);
    }

    private sealed class UpsertTableSite : SinkSite<Upsert<long, string>>
    {
        public override Sink<Upsert<long, string>> NewSink() =>
            Sinks.UpsertTable<long, string>("lines", table => table.Key("id", id => id).Column("line", line => line));

        public override Task<IReadOnlyList<string>> ReadAsync() =>
            Task.FromResult<IReadOnlyList<string>>([.. ((SimulatedStore)Store).ReadTable("lines").Select(row => $"{row[0]}: {row[1]}")]);
    }

    private sealed class TopicSite(Func<string, Sink<string>> to) : SinkSite<string>
    {
        public override Sink<string> NewSink() => to("lines");

        public override async Task<IReadOnlyList<string>> ReadAsync()
        {
            List<string> lines = [];
            for (int partition = 0; await Store.Topics.FindAsync("lines") is { } topic && partition < topic.Spec.Partitions; partition++)
            {
                foreach (TopicEntry entry in await Store.Topics.ReadAsync("lines", partition, 0, int.MaxValue))
                    lines.AddRange(Rows(entry));
            }

            return lines;
        }

        private static List<string> Rows(TopicEntry entry)
        {
            var records = new TopicRecords(entry.Payload.Span);
            var reader = new BlobReader(records.Rows);
            List<string> rows = [];
            for (int record = 0; record < records.Count; record++)
                rows.Add(RecordCodec.Of<string>().Read(ref reader));
            return rows;
        }
    }

    private sealed class CallbackSite(Func<List<string>, Sink<string>> to) : SinkSite<string>
    {
        private readonly List<string> _seen = [];

        public override Sink<string> NewSink() => to(_seen);

        public override Task<IReadOnlyList<string>> ReadAsync() => Task.FromResult<IReadOnlyList<string>>([.. _seen]);
    }

    private sealed class PostgreSqlSite(int writers) : SinkSite<Upsert<long, string>>
    {
        private readonly string _database = PostgreSqlServer.Shared.NewDatabase();

        public override Sink<Upsert<long, string>> NewSink() => PostgreSqlSink.Upsert<long, string>(_database, "lines",
            table => table.Key("id", id => id).Column("line", line => line), new PostgreSqlSinkOptions { Writers = writers });

        public override async Task<IReadOnlyList<string>> ReadAsync()
        {
            await using var connection = new NpgsqlConnection(_database + ";Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT to_regclass('lines') IS NOT NULL", connection);
            if (!(bool)(await command.ExecuteScalarAsync())!)
                return [];
            command.CommandText = "SELECT id, line FROM lines";
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
            List<string> lines = [];
            while (await reader.ReadAsync())
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{reader.GetInt64(0)}: {reader.GetString(1)}"));
            return lines;
        }
    }
}

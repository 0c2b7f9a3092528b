using System.Text;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Hostile;

public sealed record Measured(string Id, DateTimeOffset Time, double Value);

/// <summary>Input that was never meant to be read, from the file to the table: an error that says where, or a dead letter; nothing lost,
/// nothing hangs.</summary>
public sealed class HostileInputSpec : IDisposable
{
    private const string Good = "a,2026-01-01T00:00:00Z,1.5\n";
    private readonly TemporaryFile _place = new();

    private string Csv(byte[] content)
    {
        string path = Path.ChangeExtension(_place.Path, ".csv");
        File.WriteAllBytes(path, content);
        return path;
    }

    private static Pipeline Reading(string path)
    {
        var pipeline = Pipeline.Create("hostile");
        Stream<Measured> rows = pipeline.Read("file", ActorStreams.Csv.File<Measured>(path))
            .WithEventTime(row => row.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromDays(4_000_000)));
        rows.Write("rows", Sinks.Table<Measured>("rows", t => t.Column("value", r => r.Value)));
        rows.KeyBy(row => row.Id).Window("max", Window.Tumbling(TimeSpan.FromDays(1)))
            .Aggregate(Aggregate.Of<Measured>().Max(row => row.Value))
            .Write("max-out", Sinks.Table<WindowResult<string, double?>>("highest", t => t.Column("value", r => r.Result)));
        return pipeline;
    }

    public static TheoryData<string, int, int, string> Files => new()
    {
        { "", 0, 0, "" },
        { "id,time,value\n", 0, 0, "" },
        { $"id,time,value\n{Good}b,yesterday,1\n{Good}", 2, 1, "line 3" },
        { $"id,time,value\nb,2026-01-01T00:00:00Z,much\n{Good}", 1, 1, "value" },
        { $"id,time,value\nb,2026-01-01T00:00:00Z,NaN\nb,2026-01-01T00:00:00Z,-Infinity\n{Good}", 3, 0, "" },
        { $"id,time,value\nb,0001-01-01T00:00:00Z,1\nb,9999-12-31T23:59:59.999999Z,1\n{Good}", 3, 0, "" },
        { $"id,time,value\nb\0c,never\0,1\n{Good}", 1, 1, "line 2" },
        { $"id,time,value\n\ud83d\ude00,never,{new string('x', 4_000)}\ud83d\ude00\n{Good}", 1, 1, "line 2" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_record_becomes_a_row_or_a_dead_letter_that_says_where(string content, int rows, int letters, string where)
    {
        MemoryStore store = await RunAsync(Encoding.UTF8.GetBytes(content));
        Assert.Equal((rows, letters), (store.ReadTable("rows").Count, store.ReadTable("dead_letters").Count));
        if (letters == 0)
            return;
        object?[] letter = store.ReadTable("dead_letters")[0];
        Assert.Equal("file", letter[1]);
        Assert.Contains(where, (string)letter[2]!, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("store.csv", (string)letter[2]!, StringComparison.Ordinal);
        Assert.Equal("file/store.csv", letter[4]);
        Assert.True((long)letter[5]! > 0);
    }

    [Fact]
    public async Task Bytes_that_are_not_text_and_a_line_of_ten_megabytes_cost_only_themselves()
    {
        byte[] content = [.. "id,time,value\n"u8, .. "x\xFF\xFE"u8[..1], 0xFF, 0xFE, .. ",2026-01-01T00:00:00Z,1\n"u8,
            .. Encoding.UTF8.GetBytes(Good), .. Enumerable.Repeat((byte)'z', 10 << 20), (byte)'\n',
            .. Encoding.UTF8.GetBytes(Good)];
        MemoryStore store = await RunAsync(content);
        Assert.Equal((2, 2), (store.ReadTable("rows").Count, store.ReadTable("dead_letters").Count));
        Assert.All(store.ReadTable("dead_letters"), letter => Assert.InRange(((string)letter[3]!).Length, 1, 4_097));
    }

    [Fact]
    public async Task Under_fail_the_job_ends_and_names_file_line_and_column()
    {
        string path = Csv(Encoding.UTF8.GetBytes($"id,time,value\n{Good}b,2026-01-01T00:00:00Z,much\n"));
        JobException error = await Reading(path).FailsAsync<JobException>(Store.InMemory());
        Assert.All((string[])["'hostile'", "'file'", "store.csv", "line 3", "value", "much"],
            part => Assert.Contains(part, error.Message, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("not a database at all, but long enough to be looked at as one")]
    [InlineData("")]
    public async Task A_store_file_that_is_none_is_refused_by_name(string content)
    {
        await File.WriteAllTextAsync(_place.Path, content.Length == 0 ? "" : string.Concat(Enumerable.Repeat(content, 400)));
        await using Store store = Store.Sqlite(_place.Path);
        string path = Csv(Encoding.UTF8.GetBytes($"id,time,value\n{Good}"));
        if (content.Length == 0)
        {
            await Reading(path).ToEndAsync(store);
            return;
        }

        StoreException error = await Reading(path).FailsAsync<StoreException>(store);
        Assert.Contains(_place.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("not an SQLite database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_of_a_newer_format_is_refused_with_the_remedy()
    {
        string path = Csv(Encoding.UTF8.GetBytes($"id,time,value\n{Good}"));
        await using (Store store = Store.Sqlite(_place.Path))
            await Reading(path).ToEndAsync(store);
        _place.Query("UPDATE actorstreams_meta SET value = 99 WHERE key = 'format'");
        await using Store newer = Store.Sqlite(_place.Path);
        StoreException error = await Reading(path).FailsAsync<StoreException>(newer);
        Assert.All((string[])["format 99", "Update ActorStreams"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_result_that_no_source_partition_produced_names_no_place_when_it_is_skipped()
    {
        var store = Store.InMemory();
        var pipeline = Pipeline.Create("hostile");
        pipeline.Read("numbers", Sources.Of(Enumerable.Range(0, 5_000).ToArray())).WithEventTime(n => n, Watermarks.Monotonic())
            .KeyBy(n => n % 5).Window("counts", Window.Tumbling(TimeSpan.FromMicroseconds(100))).Aggregate(Aggregate.Of<int>().Count())
            .KeyBy(result => result.Key)
                .EventSourced<long, long>("bad", (_, _) => throw new InvalidOperationException("refused"), (state, _) => state)
            .Write("out", Sinks.ForEach<long>(_ => { }));
        await pipeline.ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });
        Assert.Equal(250, store.ReadTable("dead_letters").Count);
        Assert.All(store.ReadTable("dead_letters"), letter => Assert.Equal(("", -1L), (letter[4], letter[5])));
    }

    public void Dispose() => _place.Dispose();

    private async Task<MemoryStore> RunAsync(byte[] content)
    {
        var store = Store.InMemory();
        await Reading(Csv(content)).ToEndAsync(store, Runs.Quick with { Errors = ErrorPolicy.Skip });
        return store;
    }
}

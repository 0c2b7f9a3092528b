using ActorStreams.Core;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Operators.Tables;
using ActorStreams.Tests;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>The line to the server breaks wherever it likes: in a row, between rows, in a transaction. Each row is told once.</summary>
public sealed class BreakingLineSpec : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    public sealed record Item(int Id, string Note);

    [Theory]
    [InlineData(20_000)]
    [InlineData(70_001)]
    [InlineData(150_007)]
    [InlineData(400_009)]
    public async Task A_snapshot_that_breaks_off_again_and_again_has_each_row_once(int bytes)
    {
        _database.Execute("""
            CREATE TABLE items (id int PRIMARY KEY, note text NOT NULL);
            ALTER TABLE items REPLICA IDENTITY FULL;
            INSERT INTO items SELECT i, repeat('x', i % 100) FROM generate_series(1, 10000) i
            """);
        await using var line = new BreakingLine(_database.ConnectionString, broken => bytes + broken * 1009, breaks: 5);
        await using Job job = await StartAsync(line);

        await job.ShouldShowAsync<int, long>((id, count) => $"{id} {count}", () => _database.Rows("SELECT id || ' 1' FROM items"));
        Assert.True(line.BreaksLeft < 5);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(70_001)]
    [InlineData(150_007)]
    public async Task Changes_that_break_off_again_and_again_are_told_once(int bytes)
    {
        _database.Execute("CREATE TABLE items (id int PRIMARY KEY, note text NOT NULL); ALTER TABLE items REPLICA IDENTITY FULL");
        await using var line = new BreakingLine(_database.ConnectionString, broken => bytes + broken * 1009, breaks: 5);
        await using Job job = await StartAsync(line);

        for (int i = 0; i < 20; i++)
        {
            _database.Execute($"""
                INSERT INTO items SELECT i, repeat('x', i % 100) FROM generate_series({i * 500}, {i * 500 + 499}) i;
                UPDATE items SET note = note || '.' WHERE id % 10 = {i % 10};
                DELETE FROM items WHERE id % 17 = {i % 17}
                """);
        }

        await job.ShouldShowAsync<int, long>((id, count) => $"{id} {count}", () => _database.Rows("SELECT id || ' 1' FROM items"));
        Assert.Equal(0, line.BreaksLeft);
    }

    private static Task<Job> StartAsync(BreakingLine line)
    {
        var pipeline = Pipeline.Create("breaking");
        pipeline.Read("rows", PostgreSqlTable.Changes<Item>(line.ConnectionString, "items")).GroupBy(item => item.Id).Count("counts").Materialize("view");
        return CaptureRun.StartAsync(pipeline, null);
    }
}

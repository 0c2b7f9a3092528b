using ActorStreams.Authoring;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>A captured table is written to a table of another database in one line, and stays like it.</summary>
public sealed class CopySpec : IDisposable
{
    private static readonly CaptureOptions s_patient = new() { RetryFor = TimeSpan.FromSeconds(30) };
    private readonly TestDatabase _from = new(), _to = new();

    public void Dispose()
    {
        _from.Dispose();
        _to.Dispose();
    }

    public sealed record User(long Id, string Name, string? City);

    [Fact]
    public async Task A_captured_table_goes_into_another_one_through_restarts_cut_connections_key_changes_and_truncates()
    {
        _from.Execute(
            "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, city text); INSERT INTO users SELECT i, 'name ' || i, CASE WHEN i % 3 > 0 THEN 'city' END FROM generate_series(1, 2000) i");
        await using Store store = Store.InMemory();
        string[] changes =
        [
            "INSERT INTO users VALUES (9000, 'new', NULL); UPDATE users SET city = 'moved' WHERE id < 50; DELETE FROM users WHERE id % 7 = 0",
            "UPDATE users SET id = id + 10000 WHERE id BETWEEN 100 AND 200; INSERT INTO users VALUES (7, 'back', 'again')",
            "BEGIN; UPDATE users SET name = 'gone'; TRUNCATE users; INSERT INTO users VALUES (7, 'after', 'truncate'); COMMIT",
            "INSERT INTO users SELECT i, 'again ' || i, 'x' FROM generate_series(100, 300) i; TRUNCATE users; INSERT INTO users VALUES (8, 'last', NULL)",
        ];
        foreach (string change in changes)
        {
            await using Job job = await CaptureRun.StartAsync(Copy(), store);
            _from.Execute(change);
            await ShouldBeAlikeAsync(job);
            _from.CutConnections();
            _from.Execute("UPDATE users SET name = name || '!' WHERE id < 1000; DELETE FROM users WHERE id BETWEEN 60 AND 61");
            await ShouldBeAlikeAsync(job);
        }
    }

    [Fact]
    public async Task What_is_in_between_may_be_a_table_or_rows()
    {
        _from.Execute(
            "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, city text); INSERT INTO users SELECT i, 'name ' || i, 'city ' || i % 3 FROM generate_series(1, 20) i");
        var pipeline = Pipeline.Create("between");
        pipeline.Read("rows", PostgreSqlTable.Upserts<long, User>(_from.ConnectionString, "users"))
            .ToTable("users").Filter((_, user) => user.City != "city 1")
            .Write("out",
                PostgreSqlSink.Upsert<long, User>(_to.ConnectionString, "users",
                t => t.Key("id", id => id).Column("name", user => user.Name).Column("city", user => user.City)));
        await using Store store = Store.InMemory();
        await using Job job = await CaptureRun.StartAsync(pipeline, store);
        await ShouldBeAlikeAsync(job, "WHERE city <> 'city 1'");
        _from.Execute("UPDATE users SET city = 'city 1' WHERE id < 5; UPDATE users SET city = 'city 2' WHERE id > 15");
        await ShouldBeAlikeAsync(job, "WHERE city <> 'city 1'");
        _from.Execute("TRUNCATE users");
        await ShouldBeAlikeAsync(job);
    }

    private Pipeline Copy()
    {
        var pipeline = Pipeline.Create("copy");
        pipeline.Read("rows", PostgreSqlTable.Upserts<long, User>(_from.ConnectionString, "users", s_patient))
            .Write("out",
                PostgreSqlSink.Upsert<long, User>(_to.ConnectionString, "users",
                t => t.Key("id", id => id).Column("name", user => user.Name).Column("city", user => user.City)));
        return pipeline;
    }

    private async Task ShouldBeAlikeAsync(Job job, string where = "")
    {
        string[] wanted = [], found = [];
        for (int attempt = 0; attempt < 500; attempt++)
        {
            if (job.Completion.IsFaulted)
                await job.Completion;
            wanted = _from.Rows($"SELECT users::text FROM users {where} ORDER BY id");
            found = _to.Rows("SELECT users::text FROM users ORDER BY id");
            if (wanted.SequenceEqual(found, StringComparer.Ordinal))
                return;
            await Task.Delay(20);
        }

        Assert.Equal(wanted, found);
    }
}

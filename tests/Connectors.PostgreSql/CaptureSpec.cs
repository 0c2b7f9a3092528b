using ActorStreams.Core;
using ActorStreams.Core.Epochs;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Operators.Tables;
using ActorStreams.Persistence;

namespace ActorStreams.Connectors.PostgreSql.Tests;

/// <summary>What happens in a table happens in the stream.</summary>
public sealed class CaptureSpec : IDisposable
{
    private readonly TestDatabase _database = new();

    public void Dispose() => _database.Dispose();

    public sealed record User(long Id, string Name, string? City, int Visits = -1);

    private static string Text(long key, User user) => $"{key}: {user.Id} {user.Name} {user.City ?? "?"}";

    private string[] Rows() => _database.Rows("SELECT id || ': ' || id || ' ' || name || ' ' || coalesce(city, '?') FROM users");

    private void CreateUsers(string identity = "DEFAULT") => _database.Execute($"""
        CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, city text);
        ALTER TABLE users REPLICA IDENTITY {identity};
        INSERT INTO users SELECT i, 'name ' || i, CASE WHEN i % 3 > 0 THEN 'city ' || i % 7 END FROM generate_series(-5, 50) i
        """);

    [Theory]
    [InlineData("DEFAULT")]
    [InlineData("FULL")]
    public async Task Snapshot_then_inserts_updates_deletes_key_changes_and_truncates(string identity)
    {
        CreateUsers(identity);
        await using Store store = Store.InMemory();
        await using Job job = await CaptureRun.StartAsync(CaptureRun.Table(PostgreSqlTable.Upserts<long, User>(_database.ConnectionString, "users")), store);
        await job.ShouldShowAsync<long, User>(Text, Rows);
        _database.Execute("INSERT INTO users VALUES (100, E'tab\tnew\nline\\\\ slash', 'Zürich'), (101, '', NULL)");
        _database.Execute("UPDATE users SET city = 'moved' WHERE id < 5");
        _database.Execute("UPDATE users SET id = id + 1000 WHERE id BETWEEN 10 AND 20");
        _database.Execute("DELETE FROM users WHERE id BETWEEN 30 AND 40");
        await job.ShouldShowAsync<long, User>(Text, Rows);
        _database.Execute("BEGIN; UPDATE users SET name = 'gone'; TRUNCATE users; INSERT INTO users VALUES (7, 'after', 'truncate'); COMMIT");
        await job.ShouldShowAsync<long, User>(Text, Rows);
        await job.StopAsync();
    }

    [Fact]
    public async Task Changes_of_full_rows_add_up()
    {
        CreateUsers("FULL");
        await using Store store = Store.InMemory();
        var pipeline = Pipeline.Create("changes");
        Stream<Change<User>> changes = pipeline.Read("rows", PostgreSqlTable.Changes<User>(_database.ConnectionString, "public.users"));
        changes.GroupBy(user => user.City ?? "?").Count("cities").Materialize("view");
        await using Job job = await CaptureRun.StartAsync(pipeline, store);
        _database.Execute("UPDATE users SET city = 'moved' WHERE id % 2 = 0; UPDATE users SET id = id + 1000 WHERE id > 10; DELETE FROM users WHERE id < 0");
        await job.ShouldShowAsync<string, long>((city, count) => $"{city} {count}", () => _database.Rows("SELECT coalesce(city, '?') || ' ' || count(*) FROM users GROUP BY city"));
        _database.Execute("TRUNCATE users");
        SourceException error = await Assert.ThrowsAsync<SourceException>(() => job.Completion.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("public.users was truncated", error.Message, StringComparison.Ordinal);
    }
}

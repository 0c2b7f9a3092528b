namespace ActorStreams.Sql.Tests.Jobs;

/// <summary>SUBSCRIBE: the rows there are, then what each epoch changes, and how a subscriber goes on.</summary>
public sealed class SqlSubscribeSpec
{
    private const string Shop = """
        CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric);
        CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
        """;

    private static readonly SqlJobOptions s_still = new()
    {
        Job = new JobOptions { EpochInterval = TimeSpan.FromHours(1), RetainEpochs = 10 },
    };

    [Fact]
    public async Task All_rows_come_first_and_then_whole_epochs()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop", options: s_still);
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1), (2, 'bob', 2)");
        SqlResult result = await Only(sql, "SUBSCRIBE TO totals");
        Assert.Equal(("SUBSCRIBE", "customer, total"), (result.Tag, string.Join(", ", result.Columns.Select(static one => one.Name))));
        await using var told = new Told(result);

        SqlChanges all = await told.NextAsync();
        Assert.True(all.IsSnapshot);
        Assert.Equal(["+1 ann | 1", "+1 bob | 2"], Told.Of(all));
        await sql.ExecuteAsync("INSERT INTO orders VALUES (3, 'ann', 4)");
        SqlChanges next = await told.NextAsync();
        Assert.False(next.IsSnapshot);
        Assert.True(next.Epoch > all.Epoch);
        Assert.Equal(["+1 ann | 5", "-1 ann | 1"], Told.Of(next));
    }

    [Fact]
    public async Task Rows_and_columns_may_be_chosen()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop", options: s_still);
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1), (2, 'bob', 20)");
        await using var told = new Told(await Only(sql, "SUBSCRIBE (SELECT upper(customer) AS who FROM totals WHERE total > 10)"));
        Assert.Equal(["+1 BOB"], Told.Of(await told.NextAsync()));

        // what changes nothing of what is chosen is not told
        await sql.ExecuteAsync("INSERT INTO orders VALUES (3, 'ann', 1), (4, 'bob', 1); INSERT INTO orders VALUES (5, 'ann', 30)");
        Assert.Equal(["+1 ANN"], Told.Of(await told.NextAsync()));
    }

    [Fact]
    public async Task A_subscriber_goes_on_after_its_epoch_in_another_process_and_nothing_is_lost_or_told_twice()
    {
        Store store = Store.InMemory();
        long epoch;
        await using (SqlJob sql = await SqlJob.OpenAsync("shop", store, s_still))
        {
            await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1)");
            await using var told = new Told(await Only(sql, "SUBSCRIBE totals"));
            epoch = (await told.NextAsync()).Epoch;
            await sql.ExecuteAsync("INSERT INTO orders VALUES (2, 'bob', 2)");
        }

        await using SqlJob again = await SqlJob.OpenAsync("shop", store, s_still);
        await using var on = new Told(await Only(again, $"SUBSCRIBE TO totals AS OF {epoch} WITH (SNAPSHOT = FALSE)"));
        Assert.Equal(["+1 bob | 2"], Told.Of(await on.NextAsync()));
        await again.ExecuteAsync("INSERT INTO orders VALUES (3, 'bob', 3)");
        Assert.Equal(["+1 bob | 5", "-1 bob | 2"], Told.Of(await on.NextAsync()));

        await using IAsyncEnumerator<SqlChanges> same = again.SubscribeAsync("totals", after: epoch).GetAsyncEnumerator();
        Assert.True(await same.MoveNextAsync());
        Assert.False(same.Current.IsSnapshot);
        Assert.Contains("+1 bob | 5", Told.Of(same.Current));
    }

    [Fact]
    public async Task A_snapshot_may_be_of_an_epoch_that_is_retained()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop", options: s_still);
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1)");
        long epoch = await sql.CommitAsync();
        await sql.ExecuteAsync("INSERT INTO orders VALUES (2, 'ann', 2)");
        await using var told = new Told(await Only(sql, $"SUBSCRIBE TO totals AS OF {epoch}"));
        SqlChanges first = await told.NextAsync();
        Assert.Equal((epoch, true), (first.Epoch, first.IsSnapshot));
        Assert.Equal(["+1 ann | 1"], Told.Of(first));
        Assert.Equal(["+1 ann | 3", "-1 ann | 1"], Told.Of(await told.NextAsync()));
    }

    [Fact]
    public async Task Epochs_that_change_nothing_are_told_with_PROGRESS()
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop", options: s_still);
        await sql.ExecuteAsync(Shop);
        await using var told = new Told(await Only(sql, "SUBSCRIBE totals WITH (PROGRESS, SNAPSHOT = false)"));
        Task<SqlChanges> next = told.NextAsync();
        long epoch = await sql.CommitAsync();
        SqlChanges quiet = await next;
        Assert.Empty(quiet.Changes);
        Assert.True(quiet.Epoch <= epoch && !quiet.IsSnapshot);
    }

    [Theory]
    [InlineData("SUBSCRIBE TO totals AS OF 999", "55000", "Epoch 999 has not been reached")]
    [InlineData("SUBSCRIBE TO totals WITH (SNAPSHT = FALSE)", "22023", "snapshot")]
    [InlineData("SUBSCRIBE TO totals WITH (SNAPSHOT = 3)", "22023", "The option snapshot of SUBSCRIBE is TRUE or FALSE.")]
    [InlineData("SUBSCRIBE (SELECT count(*) FROM totals)", "0A000", "MATERIALIZED VIEW")]
    [InlineData("SUBSCRIBE TO total", "42P01", "totals")]
    [InlineData("SUBSCRIBE TO totals AS OF now", "42601", "the number of an epoch")]
    public async Task What_cannot_be_subscribed_to_is_refused_with_its_place(string statement, string state, string fault)
    {
        await using SqlJob sql = await SqlJob.OpenAsync("shop", options: s_still);
        await sql.ExecuteAsync(Shop + "INSERT INTO orders VALUES (1, 'ann', 1)");
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => sql.ExecuteAsync(statement));
        Assert.Equal(state, error.SqlState);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
        Assert.Contains("^", error.Message, StringComparison.Ordinal);
    }

    private static async Task<SqlResult> Only(SqlJob sql, string statement) => Assert.Single(await sql.ExecuteAsync(statement));

    private sealed class Told(SqlResult result) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SqlChanges> _changes = result.Changes!.GetAsyncEnumerator();

        public async Task<SqlChanges> NextAsync()
        {
            Assert.True(await _changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
            return _changes.Current;
        }

        public ValueTask DisposeAsync() => _changes.DisposeAsync();

        public static string[] Of(SqlChanges changes) =>
            [.. changes.Changes.Select(static one => $"{one.Weight:+0;-0} {one.Row}").Order(StringComparer.Ordinal)];
    }
}

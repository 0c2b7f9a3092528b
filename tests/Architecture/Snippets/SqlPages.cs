namespace ActorStreams.Architecture.Tests.Snippets;

#region sql-rows
public sealed record ShopOrder(long Id, string Customer, decimal Amount, DateTimeOffset At);

public sealed record CustomerTotal(string Customer, long Orders, decimal? Total);
#endregion

/// <summary>The code of docs/sql/getting-started.md.</summary>
public sealed class SqlPages
{
    [Fact]
    public async Task A_query_inside_of_a_pipeline()
    {
        ShopOrder[] rows = [new(1, "ann", 9.99m, DateTimeOffset.UnixEpoch), new(2, "ann", 0.01m, DateTimeOffset.UnixEpoch)];
        var seen = new List<Change<CustomerTotal>>();
        #region sql-pipeline
        var pipeline = Pipeline.Create("shop");
        Stream<ShopOrder> orders = pipeline.Read("orders", Sources.Of(rows));

        SqlQuery query = pipeline.Sql("totals",
            "SELECT customer, count(*) AS orders, sum(amount) AS total FROM orders WHERE amount > minimum() GROUP BY customer",
            from => from.Stream("orders", orders).Function("minimum", () => 0m));

        query.ToChanges<CustomerTotal>().Write("results", Sinks.ForEach<Change<CustomerTotal>>(seen.Add));
        #endregion

        await using Job job = await Job.StartAsync(pipeline, Store.Volatile);
        await job.Completion;
        Assert.Equal(Change<CustomerTotal>.Insert(new CustomerTotal("ann", 2, 10.00m)), seen[^1]);
    }

    [Fact]
    public async Task A_job_made_of_statements()
    {
        Store store = Store.InMemory();
        #region sql-job
        await using SqlJob sql = await SqlJob.OpenAsync("shop", store);
        await sql.ExecuteAsync("""
            CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric);
            CREATE MATERIALIZED VIEW totals AS
                SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
            INSERT INTO orders VALUES (1, 'ann', 9.99), (2, 'bob', 5);
            """);

        foreach (SqlRow row in await sql.QueryAsync("SELECT customer, total FROM totals ORDER BY total DESC"))
            Console.WriteLine($"{row["customer"]} {row.Get<decimal>("total")}");

        Task inserted = sql.Table("orders").InsertAsync([3L, "bob", 10m]);
        await sql.CommitAsync();                                  // does not wait for the end of the epoch
        await inserted;

        await foreach (SqlChanges changes in sql.SubscribeAsync("totals"))
        {
            Console.WriteLine($"epoch {changes.Epoch}: {changes.Changes.Count} rows");
            break;
        }
        #endregion
        Assert.Equal("bob | 15", (await sql.QueryAsync("SELECT * FROM totals ORDER BY total DESC"))[0].ToString());
    }

    [Fact]
    public async Task Functions_of_the_application()
    {
        #region sql-functions
        SqlFunctions functions = new SqlFunctions()
            .Add("fee", (decimal price) => price * 0.05m)
            .AddAggregate<double, double?>("median", rows => rows.Percentile(0.5, price => price))
            .AddAggregate("weighted", Aggregate.Fold<(double Price, double Weight), (double Sum, double Weight), double?>(
                () => default,
                (sum, row) => (sum.Sum + row.Price * row.Weight, sum.Weight + row.Weight),
                sum => sum.Weight == 0 ? null : sum.Sum / sum.Weight,
                retract: (sum, row) => (sum.Sum - row.Price * row.Weight, sum.Weight - row.Weight)))
            .AddRows("words", (string text) => text.Split(' '));

        await using SqlJob sql = await SqlJob.OpenAsync("notes", options: new SqlJobOptions { Functions = functions });
        await sql.ExecuteAsync("""
            CREATE TABLE notes (id int PRIMARY KEY, text text);
            CREATE MATERIALIZED VIEW counts AS
                SELECT word, count(*) AS n, median(length(word)) AS mid FROM notes, words(text) AS word GROUP BY word;
            INSERT INTO notes VALUES (1, 'to be or not to be');
            """);
        #endregion
        Assert.Equal("be | 2 | 2", (await sql.QueryAsync("SELECT * FROM counts ORDER BY word"))[0].ToString());
    }
}

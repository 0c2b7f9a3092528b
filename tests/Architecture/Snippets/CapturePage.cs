using ActorStreams.Authoring;
using ActorStreams.Tests;

namespace ActorStreams.Architecture.Tests.Snippets;

#region cdc-rows
// by the names of the columns: id, name, city, credit_limit
public sealed record Customer(long Id, string Name, string? City, decimal CreditLimit = 0);
#endregion

public sealed record Balance(int Number, string Branch, long Amount);

/// <summary>The code of docs/cdc.md.</summary>
public sealed class CapturePage
{
    [Fact]
    public async Task Tables_of_a_database_are_followed()
    {
        string connectionString = PostgreSqlServer.Shared.NewDatabase();
        PostgreSqlServer.Execute(connectionString, """
            CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, city text); INSERT INTO customers VALUES (1, 'Ann', NULL);
            CREATE SCHEMA bank; CREATE TABLE bank.accounts (number int PRIMARY KEY, branch text NOT NULL, amount bigint NOT NULL); ALTER TABLE bank.accounts REPLICA IDENTITY FULL;
            INSERT INTO bank.accounts VALUES (1, 'north', 100), (2, 'north', 50)
            """);
        var pipeline = Pipeline.Create("cdc-page");

        #region cdc
        Table<long, Customer> customers = pipeline.Read("customers", PostgreSqlTable.Upserts<long, Customer>(connectionString, "customers"))
                                                  .ToTable("customers-by-id");
        customers.Materialize("directory");

        pipeline.Read("accounts", PostgreSqlTable.Changes<Balance>(connectionString, "bank.accounts"))   // REPLICA IDENTITY FULL
                .GroupBy(account => account.Branch)
                .Sum("sums",
                    account => account.Amount)                                                  // an update takes the old amount back
                .Materialize("deposits");
        #endregion

        string file = Path.Combine(Directory.CreateTempSubdirectory("cdc-page-").FullName, "events.jsonl");
        #region cdc-debezium
        customers.ToStream()
                 .Map(change => !change.HadBefore ? DebeziumEvent<Customer>.Create(change.After!, "public.customers")
                              : !change.HasAfter ? DebeziumEvent<Customer>.Delete(change.Before!, "public.customers")
                              : DebeziumEvent<Customer>.Update(change.Before!, change.After!, "public.customers"))
                 .Write("events",
                     JsonLines.ToFile<DebeziumEvent<Customer>>(file,
                     new() { Serializer = DebeziumJson.WithSchema("shop") }));   // for schemas.enable
        #endregion

        await using Store store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store, new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(20) });
        while (await job.Table<long, Customer>("directory").GetAsync(1) is null)
            await Task.Delay(20);
        PostgreSqlServer.Execute(connectionString,
            "UPDATE bank.accounts SET amount = 70 WHERE number = 2; UPDATE customers SET city = 'Bern'");
        while (await job.Table<string, long>("deposits").GetAsync("north") != 170
            || (await job.Table<long, Customer>("directory").GetAsync(1))?.City != "Bern")
        {
            Assert.False(job.Completion.IsCompleted);
            await Task.Delay(20);
        }

        await job.StopAsync();
        string[] events = await File.ReadAllLinesAsync(file);
        Assert.Contains("\"op\":\"c\"", events[0], StringComparison.Ordinal);
        Assert.Contains("\"before\":{\"Id\":1,\"Name\":\"Ann\",\"City\":null", events[1], StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_captured_table_is_written_to_another_database_in_one_line()
    {
        (string connectionString, string reports) = (PostgreSqlServer.Shared.NewDatabase(), PostgreSqlServer.Shared.NewDatabase());
        PostgreSqlServer.Execute(connectionString,
            "CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, city text); INSERT INTO customers VALUES (1, 'Ann', NULL), (2, 'Bob', 'Rome')");
        var pipeline = Pipeline.Create("cdc-copy");

        #region cdc-copy
        pipeline.Read("customers", PostgreSqlTable.Upserts<long, Customer>(connectionString, "customers"))
                .Write("copy",
                    PostgreSqlSink.Upsert<long, Customer>(reports, "customers",
                    t => t.Key("id", id => id).Column("name", c => c.Name).Column("city", c => c.City)));
        #endregion

        await using Store store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store, new JobOptions { EpochInterval = TimeSpan.FromMilliseconds(20) });
        PostgreSqlServer.Execute(connectionString, "UPDATE customers SET city = 'Bern' WHERE id = 1; DELETE FROM customers WHERE id = 2");
        while (PostgreSqlServer.Execute(reports, "SELECT string_agg(customers::text, ' ') FROM customers") is not "(1,Ann,Bern)")
        {
            Assert.False(job.Completion.IsCompleted);
            await Task.Delay(20);
        }

        await job.StopAsync();
    }
}

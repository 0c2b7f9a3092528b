using System.Data.Common;
using ActorStreams.Authoring;
using ActorStreams.TestKit;
using ActorStreams.Tests;
using Npgsql;

namespace ActorStreams.Persistence.Tests;

/// <summary>After every epoch, each incrementally kept table holds what a query of PostgreSQL over the same rows gives.</summary>
public sealed class TablesLikePostgreSqlTests
{
    private static readonly Comparer<TableRow<string, Order>> s_largest = Comparer<TableRow<string, Order>>.Create(
        (a, b) => b.Value.Amount != a.Value.Amount ? b.Value.Amount.CompareTo(a.Value.Amount) : string.CompareOrdinal(a.Key, b.Key));

    /// <summary>The view of the job, and the query that gives its rows as text.</summary>
    private static readonly (string View, Func<Job, string, IEnumerable<string>> Rows, string Query)[] s_checks =
    [
        ("Inner", Pairs, "SELECT o.id, o.customer, o.amount, c.name FROM orders o JOIN customers c USING (id)"),
        ("Left", Pairs, "SELECT o.id, o.customer, o.amount, c.name FROM orders o LEFT JOIN customers c USING (id)"),
        ("Right", Pairs, "SELECT c.id, o.customer, o.amount, c.name FROM orders o RIGHT JOIN customers c USING (id)"),
        ("Full", Pairs, "SELECT coalesce(o.id, c.id), o.customer, o.amount, c.name FROM orders o FULL JOIN customers c USING (id)"),
        ("Semi", Pairs, "SELECT o.id, o.customer, o.amount, NULL FROM orders o WHERE EXISTS (SELECT FROM customers c WHERE c.id = o.id)"),
        ("Anti", Pairs,
            "SELECT o.id, o.customer, o.amount, NULL FROM orders o WHERE NOT EXISTS (SELECT FROM customers c WHERE c.id = o.id)"),
        ("by-customer-Inner", Pairs, "SELECT o.id, o.customer, o.amount, c.name FROM orders o JOIN customers c ON c.id = o.customer"),
        ("by-customer-Left", Pairs, "SELECT o.id, o.customer, o.amount, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer"),
        ("by-customer-Semi", Pairs,
            "SELECT o.id, o.customer, o.amount, NULL FROM orders o WHERE EXISTS (SELECT FROM customers c WHERE c.id = o.customer)"),
        ("by-customer-Anti", Pairs,
            "SELECT o.id, o.customer, o.amount, NULL FROM orders o WHERE NOT EXISTS (SELECT FROM customers c WHERE c.id = o.customer)"),
        ("even", (job, view) => Scan<string, string>(job, view).Select(row => Line(row.Key, row.Value)),
            "SELECT id, id || amount FROM orders WHERE amount % 2 = 0"),
        ("sums", (job, view) => Scan<string?, long>(job, view).Select(row => Line(row.Key, row.Value)),
            "SELECT customer, sum(amount) FROM orders GROUP BY customer"),
        ("names", (job, view) => Scan<string, long>(job, view).Select(row => Line(row.Key, row.Value)),
            "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer GROUP BY c.name"),
        ("amounts", (job, view) => Scan<int, int>(job, view).Select(row => Line(row.Value)), "SELECT DISTINCT amount FROM orders"),
        ("ids", (job, view) => Scan<string, string>(job, view).Select(row => Line(row.Value)),
            "SELECT id FROM orders UNION SELECT id FROM customers"),
        ("all-ids", (job, view) => Scan<string, long>(job, view).Select(row => Line(row.Key, row.Value)),
            "SELECT id, count(*) FROM (SELECT id FROM orders UNION ALL SELECT id FROM customers) AS both_tables GROUP BY id"),
        ("top", (job, view) => Scan<string, string?>(job, view).Select(row => Line(row.Value, row.Key)),
            "SELECT customer, id FROM (SELECT *, row_number() OVER (PARTITION BY customer ORDER BY amount DESC, id) AS n FROM orders) AS numbered WHERE n <= 2"),
        ("first", (job, view) => Scan<string?, TableRow<string, Order>>(job, view).Select(row => Line(row.Key, row.Value.Key)),
            "SELECT DISTINCT ON (customer) customer, id FROM orders ORDER BY customer, amount DESC, id"),
    ];

    [Fact]
    public async Task Random_changes_of_two_tables()
    {
        string database = PostgreSqlServer.Shared.NewDatabase();
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        for (int seed = 1; seed <= 6; seed++)
        {
            await ExecuteAsync(connection, """
                DROP TABLE IF EXISTS orders, customers;
                CREATE TABLE orders (id text COLLATE "C" PRIMARY KEY, customer text COLLATE "C", amount int);
                CREATE TABLE customers (id text COLLATE "C" PRIMARY KEY, name text)
                """);
            var random = new Random(seed);
            var orders = new TestSource<OrderRow>();
            var customers = new TestSource<CustomerRow>();
            var options = new JobOptions
            {
                Parallelism = 1 + random.Next(3),
                Shards = 8,
                EpochInterval = TimeSpan.FromDays(40),
                MaxEventTimeAhead = null,
                BatchRows = 16
            };
            await using StreamTest test = await StreamTest.StartAsync(pipeline => Build(pipeline, orders, customers), options, (ulong)seed);
            for (int epoch = 1; epoch <= 6; epoch++)
            {
                for (int change = random.Next(60); change > 0; change--)
                    await ChangeAsync(random, orders, customers, connection);
                test.Commit();
                if (random.Next(4) == 0)
                    test.CrashAndRestore(1 + random.Next(3));
                foreach ((string view, Func<Job, string, IEnumerable<string>> rows, string query) in s_checks)
                {
                    string[] wanted = await LinesAsync(connection, query), kept = [.. rows(test.Job, view).Order(StringComparer.Ordinal)];
                    Assert.True(wanted.SequenceEqual(kept),
                        $"Seed {seed}, epoch {epoch}, {view}: PostgreSQL gives {string.Join(" | ", wanted)}, not {string.Join(" | ", kept)}");
                }
            }
        }
    }

    private static void Build(Pipeline pipeline, TestSource<OrderRow> orderRows, TestSource<CustomerRow> customerRows)
    {
        Table<string, Order> orders = pipeline.Read("orders", orderRows).KeyBy(row => row.Id)
            .ToTable("orders-by-id", row => row.Order!, new TableOptions<OrderRow> { IsDelete = row => row.Order is null });
        Table<string, string> customers = pipeline.Read("customers", customerRows).KeyBy(row => row.Id)
            .ToTable("customers-by-id", row => row.Name!, new TableOptions<CustomerRow> { IsDelete = row => row.Name is null });
        foreach (JoinType type in Enum.GetValues<JoinType>())
            orders.Join($"join-{type}", customers, type).Materialize($"{type}");
        foreach (JoinType type in (JoinType[])[JoinType.Inner, JoinType.Left, JoinType.Semi, JoinType.Anti])
            orders.ForeignKeyJoin($"foreign-{type}", customers, order => order.Customer, type).Materialize($"by-customer-{type}");
        orders.Filter((_, order) => order.Amount % 2 == 0).Map((key, order) => $"{key}{order.Amount}").Materialize("even");
        GroupedChanges<string?, TableRow<string, Order>> byCustomer = orders.GroupBy(row => row.Value.Customer);
        byCustomer.Sum("sum", row => row.Value.Amount).Materialize("sums");
        orders.ForeignKeyJoin("named", customers, order => order.Customer).GroupBy(row => row.Value.Right!).Count("orders-of-name")
            .Materialize("names");
        Select(orders.Changes(), row => row.Value.Amount).Distinct("distinct").ToTable("amount", amount => amount).Materialize("amounts");
        Stream<Change<string>> ids = Select(orders.Changes(), row => row.Key).Union(Select(customers.Changes(), row => row.Key));
        ids.Distinct("union").ToTable("id", id => id).Materialize("ids");
        ids.GroupBy(id => id).Count("union-all").Materialize("all-ids");
        Select(byCustomer.Top("top-2", 2, s_largest), row => row.Value).ToTable("tops", row => row.Key).Map((_, row) => row.Value.Customer)
            .Materialize("top");
        byCustomer.KeepFirst("largest", s_largest).Materialize("first");
    }

    private static Stream<Change<TResult>> Select<T, TResult>(Stream<Change<T>> changes, Func<T, TResult> selector) =>
        changes.Map(change => new Change<TResult>(selector(change.Row), change.Weight));

    private static async Task ChangeAsync(Random random, TestSource<OrderRow> orders, TestSource<CustomerRow> customers,
        NpgsqlConnection connection)
    {
        string id = $"k{random.Next(8)}";
        if (random.Next(3) > 0)
        {
            Order? order = random.Next(4) == 0 ? null : new Order(random.Next(6) == 0 ? null : $"k{random.Next(8)}", random.Next(6));
            orders.Element(new OrderRow(id, order), "12:00");
            await ExecuteAsync(connection, order is null
                ? $"DELETE FROM orders WHERE id = '{id}'"
                : $"INSERT INTO orders VALUES ('{id}', {Literal(order.Customer)}, {order.Amount}) ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, amount = excluded.amount");
        }
        else
        {
            string? name = random.Next(4) == 0 ? null : $"n{random.Next(3)}";
            customers.Element(new CustomerRow(id, name), "12:00");
            await ExecuteAsync(connection, name is null
                ? $"DELETE FROM customers WHERE id = '{id}'"
                : $"INSERT INTO customers VALUES ('{id}', '{name}') ON CONFLICT (id) DO UPDATE SET name = excluded.name");
        }
    }

    private static string Literal(string? text) => text is null ? "NULL" : $"'{text}'";

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string[]> LinesAsync(NpgsqlConnection connection, string query)
    {
        var lines = new List<string>();
        await using var command = new NpgsqlCommand(query, connection);
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            lines.Add(Line(
                [.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? null : reader.GetValue(column))]));
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Pairs(Job job, string view) =>
        Scan<string, Joined<Order, string>>(job, view)
            .Select(row => Line(row.Key, row.Value.Left?.Customer, row.Value.Left?.Amount, row.Value.Right));

    private static IReadOnlyList<TableRow<TKey, TValue>> Scan<TKey, TValue>(Job job, string view) => job.Table<TKey, TValue>(view)
        .ScanAsync().AsTask().GetAwaiter().GetResult().Rows;

    private static string Line(params object?[] values) => string.Join(", ", values.Select(value => value ?? "null"));

    public sealed record Order(string? Customer, int Amount);

    public sealed record OrderRow(string Id, Order? Order);

    public sealed record CustomerRow(string Id, string? Name);
}

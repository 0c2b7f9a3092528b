using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Tables;

/// <summary>After every epoch each table is what the batch computation over the rows of that epoch gives.</summary>
public sealed class TableOracleSpec
{
    private static readonly JoinType[] AllTypes = [JoinType.Inner, JoinType.Left, JoinType.Right, JoinType.Full, JoinType.Semi,
        JoinType.Anti];
    private static readonly JoinType[] ForeignTypes = [JoinType.Inner, JoinType.Left, JoinType.Semi, JoinType.Anti];
    private static readonly Comparer<TableRow<string, Order>> ByAmount = Comparer<TableRow<string, Order>>.Create(
        (a, b) => b.Value.Amount.CompareTo(a.Value.Amount));

    [Theory]
    [InlineData(1, 12)]
    [InlineData(13, 24)]
    public async Task Tables_follow_their_inputs(int firstSeed, int lastSeed)
    {
        for (int seed = firstSeed; seed <= lastSeed; seed++)
        {
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
            var left = new Dictionary<string, Order>(StringComparer.Ordinal);
            var right = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int epoch = 0; epoch < 6; epoch++)
            {
                for (int change = random.Next(25); change > 0; change--)
                {
                    string key = $"k{random.Next(8)}";
                    if (random.Next(3) > 0)
                    {
                        Order? order = random.Next(4) == 0 ? null
                            : new Order(random.Next(6) == 0 ? null : $"k{random.Next(8)}", random.Next(6));
                        orders.Element(new OrderRow(key, order), "12:00");
                        Set(left, key, order);
                    }
                    else
                    {
                        string? name = random.Next(4) == 0 ? null : $"n{random.Next(3)}";
                        customers.Element(new CustomerRow(key, name), "12:00");
                        Set(right, key, name);
                    }

                    if (random.Next(5) == 0)
                        test.RunUntilIdle();
                }

                test.Commit();
                if (random.Next(4) == 0)
                    test.CrashAndRestore(1 + random.Next(3));
                Compare(test.Job, left, right, $"Seed {seed}, epoch {epoch + 1}");
            }
        }
    }

    private static void Build(Pipeline pipeline, TestSource<OrderRow> orders, TestSource<CustomerRow> customers)
    {
        Table<string, Order> left = pipeline.Read("orders", orders).KeyBy(row => row.Id)
            .ToTable("left", row => row.Order!, new TableOptions<OrderRow> { IsDelete = row => row.Order is null });
        Table<string, string> right = pipeline.Read("customers", customers).KeyBy(row => row.Id)
            .ToTable("right", row => row.Name!, new TableOptions<CustomerRow> { IsDelete = row => row.Name is null });
        foreach (JoinType type in AllTypes)
            left.Join($"join-{type}", right, type).Materialize($"{type}");
        foreach (JoinType type in ForeignTypes)
            left.ForeignKeyJoin($"foreign-{type}", right, order => order.Customer, type).Materialize($"by-customer-{type}");
        left.Filter((_, order) => order.Amount % 2 == 0).Map((key, order) => $"{key}{order.Amount}").Materialize("even");
        GroupedChanges<string?, TableRow<string, Order>> byCustomer = left.GroupBy(row => row.Value.Customer);
        byCustomer.Sum("sum", row => row.Value.Amount).Materialize("sums");
        byCustomer.Top("top", 2, ByAmount).GroupBy(row => (row.Key, row.Value.Key)).Count("top-rows").Materialize("tops");
        byCustomer.KeepFirst("first", ByAmount).Materialize("firsts");
        left.Changes().Map(change => new Change<int>(change.Row.Value.Amount, change.Weight)).Distinct("distinct")
            .ToTable("amount", amount => amount).Materialize("amounts");
    }

    private static void Compare(Job job, Dictionary<string, Order> left, Dictionary<string, string> right, string when)
    {
        foreach (JoinType type in AllTypes)
        {
            Is(job.Table<string, Joined<Order, string>>($"{type}"), left.Keys.Union(right.Keys)
                .Select(key => (key, Pair(type, left.GetValueOrDefault(key), right.GetValueOrDefault(key))))
                .Where(row => row.Item2 is not null).Select(row => $"{row.key}: {row.Item2}"), Text, $"{when}, {type}");
        }

        foreach (JoinType type in ForeignTypes)
        {
            Is(job.Table<string, Joined<Order, string>>($"by-customer-{type}"),
                left.Select(row => (row.Key, Pair(type, row.Value, row.Value.Customer is { } to ? right.GetValueOrDefault(to) : null)))
                .Where(row => row.Item2 is not null).Select(row => $"{row.Key}: {row.Item2}"), Text, $"{when}, by customer, {type}");
        }

        Is(job.Table<string, string>("even"), left.Where(row => row.Value.Amount % 2 == 0)
            .Select(row => $"{row.Key}: {row.Key}{row.Value.Amount}"), value => value, $"{when}, even");
        Is(job.Table<string?, long>("sums"), left.GroupBy(row => row.Value.Customer)
            .Select(group => $"{group.Key}: {group.Sum(row => row.Value.Amount)}"), value => $"{value}", $"{when}, sums");
        Is(job.Table<int, int>("amounts"), left.Values.Select(order => order.Amount).Distinct().Select(amount => $"{amount}: {amount}"),
            value => $"{value}", $"{when}, amounts");

        // Which of equal amounts is first is the operator's choice: the amounts are compared.
        string[] tops = [.. Rows(job.Table<(string?, string), long>("tops")).Select(row => $"{row.Key.Item1}: {left[row.Key.Item2].Amount}")
            .Order(StringComparer.Ordinal)];
        string[] best = [.. left.GroupBy(row => row.Value.Customer)
            .SelectMany(group => group.OrderByDescending(row => row.Value.Amount).Take(2).Select(row => $"{group.Key}: {row.Value.Amount}"))
            .Order(StringComparer.Ordinal)];
        Assert.True(best.SequenceEqual(tops), $"{when}, tops: expected {string.Join(' ', best)}, not {string.Join(' ', tops)}");
        string[] firsts = [.. Rows(job.Table<string?, TableRow<string, Order>>("firsts"))
            .Select(row => $"{row.Key}: {row.Value.Value.Amount}").Order(StringComparer.Ordinal)];
        string[] maxima = [.. left.GroupBy(row => row.Value.Customer).Select(group => $"{group.Key}: {group.Max(row => row.Value.Amount)}")
            .Order(StringComparer.Ordinal)];
        Assert.True(maxima.SequenceEqual(firsts), $"{when}, firsts: expected {string.Join(' ', maxima)}, not {string.Join(' ', firsts)}");
    }

    private static string? Pair(JoinType type, Order? left, string? right) => (type, left is not null, right is not null) switch
    {
        (JoinType.Semi, true, true) or (JoinType.Anti, true, false) => $"{left}+",
        (JoinType.Semi or JoinType.Anti, _, _) => null,
        (_, true, true) or (JoinType.Left or JoinType.Full, true, false) or (JoinType.Right or JoinType.Full, false, true) =>
            $"{left}+{right}",
        _ => null,
    };

    private static string Text(Joined<Order, string> pair) => $"{pair.Left}+{pair.Right}";

    private static void Is<TKey, TValue>(TableView<TKey, TValue> view, IEnumerable<string> expected, Func<TValue, string> text, string when)
    {
        string[] wanted = [.. expected.Order(StringComparer.Ordinal)],
            came = [.. Rows(view).Select(row => $"{row.Key}: {text(row.Value)}").Order(StringComparer.Ordinal)];
        Assert.True(wanted.SequenceEqual(came), $"{when}: expected {string.Join(" | ", wanted)}, not {string.Join(" | ", came)}");
    }

    private static IReadOnlyList<TableRow<TKey, TValue>> Rows<TKey, TValue>(TableView<TKey, TValue> view) => view.ScanAsync().AsTask()
        .GetAwaiter().GetResult().Rows;

    private static void Set<TValue>(Dictionary<string, TValue> table, string key, TValue? value)
        where TValue : class
    {
        if (value is null)
            table.Remove(key);
        else
            table[key] = value;
    }

    public sealed record Order(string? Customer, int Amount);

    public sealed record OrderRow(string Id, Order? Order);

    public sealed record CustomerRow(string Id, string? Name);
}

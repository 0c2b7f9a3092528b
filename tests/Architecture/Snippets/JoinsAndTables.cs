using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/joins.md and docs/tables.md, run on a few rows.</summary>
public sealed class JoinsAndTables
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Joins_of_streams_and_tables()
    {
        var pipeline = Pipeline.Create("joins");
        Stream<Order> orders = pipeline.Read("orders",
            Sources.Of([new Order("o1", "ann", 20m, Noon), new Order("o2", "bob", 30m, Noon.AddMinutes(1)),
            new Order("o1", "ann", 20m, Noon)]))
            .WithEventTime(order => order.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(5)));
        Stream<Payment> payments = pipeline.Read("payments", Sources.Of([new Payment("o1", Noon.AddMinutes(10))]))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(5)));
        Stream<Customer> customers = pipeline.Read("customers", Sources.Of([new Customer("ann", "Ann", "north", Noon.AddDays(-1))]))
            .WithEventTime(customer => customer.Since, Watermarks.Monotonic());
        var unpaid = new List<string>();
        var named = new List<string>();
        var priced = new List<string>();
        var shipped = new List<string>();
        var breaker = new Breaker();

        #region deduplicate
        Stream<Order> once = orders.KeyBy(order => order.Id).Deduplicate("once", timeToLive: TimeSpan.FromHours(1));
        #endregion

        #region interval
        once.KeyBy(order => order.Id)
            .IntervalJoin("paid", payments.KeyBy(payment => payment.Order),
                Interval.Between(TimeSpan.Zero, TimeSpan.FromHours(1)),                 // the payment comes up to an hour after the order
                JoinType.Left)
            .Filter(pair => !pair.HasRight)
            .Write("unpaid", Sinks.ForEach<Joined<Order, Payment>>(pair => unpaid.Add(pair.Left!.Id)));
        #endregion

        #region as-of
        Table<string, Customer> directory = customers.KeyBy(customer => customer.Id).ToTable("directory");

        once.KeyBy(order => order.Customer)
            .AsOfJoin("named", directory, JoinType.Left)   // the customer as it was at the order's time
            .Write("names", Sinks.ForEach<Joined<Order, Customer>>(pair => named.Add($"{pair.Left!.Id} {pair.Right?.Name}")));
        #endregion

        #region lookup
        once.KeyBy(order => order.Customer)
            .LookupJoin("discount", AskDiscountAsync, JoinType.Left, new LookupJoinOptions<decimal>
            {
                Capacity = 50,
                Timeout = TimeSpan.FromSeconds(5),
                CacheTimeToLive = TimeSpan.FromMinutes(10),
            })
            .Write("priced",
                Sinks.ForEach<Joined<Order, decimal>>(pair => priced.Add($"{pair.Left!.Id} {pair.Left.Total - pair.Right:0}")));
        #endregion

        #region retries
        var patient = new MapAsyncOptions<string>
        {
            MaxAttempts = 5,
            FirstRetry = TimeSpan.FromMilliseconds(200),
            Timeout = TimeSpan.FromSeconds(20),
            Resilience = (call, cancellation) => breaker.ExecuteAsync(call, cancellation),     // one for all calls
        };
        once.MapAsync(AskCarrierAsync, patient).Write("shipped", Sinks.ForEach<string>(shipped.Add));
        #endregion

        await using Job job = await Job.StartAsync(pipeline, Store.Volatile, new JobOptions { Parallelism = 1 });
        await job.Completion;
        Assert.Equal(["o2"], unpaid);
        Assert.Equal(["o1 Ann", "o2 "], named.Order());
        Assert.Equal(["o1 18", "o2 30"], priced.Order());
        Assert.Equal(["o1 by rail", "o2 by rail"], shipped.Order());

        static async ValueTask<Lookup<decimal>> AskDiscountAsync(string customer, CancellationToken cancellation)
        {
            await Task.Yield();
            return customer == "ann" ? 2m : Lookup<decimal>.None;
        }

        static async ValueTask<string> AskCarrierAsync(Order order, CancellationToken cancellation)
        {
            await Task.Yield();
            return $"{order.Id} by rail";
        }
    }

    /// <summary>Stands for a Polly pipeline.</summary>
    private sealed class Breaker
    {
        public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellation) =>
            call(cancellation);
    }

    [Fact]
    public async Task Tables_and_their_views()
    {
        var pipeline = Pipeline.Create("tables");
        Stream<Order> rows = pipeline.Read("orders",
            Sources.Of([new Order("o1", "ann", 20m, Noon), new Order("o2", "bob", 30m, Noon), new Order("o3", "ann", 5m, Noon),
            new Order("o2", "ann", 40m, Noon)]));
        Stream<Customer> people = pipeline.Read("customers",
            Sources.Of([new Customer("ann", "Ann", "north", Noon), new Customer("bob", "Bob", "south", Noon)]));

        #region tables
        Table<string, Order> orders = rows.KeyBy(order => order.Id)
            .ToTable("orders-by-id", new TableOptions<Order> { IsDelete = order => order.Total == 0 });
        Table<string, Customer> customers = people.KeyBy(customer => customer.Id).ToTable("customers-by-id");

        orders.ForeignKeyJoin("with-customer", customers, order => order.Customer)
              .GroupBy(row => row.Value.Right!.Region)
              .Sum("revenue", row => row.Value.Left!.Total)                              // an order that changes region moves its total
              .Materialize("revenue-by-region");

        orders.GroupBy(row => row.Value.Customer)
              .Top("largest", count: 3, Comparer<TableRow<string, Order>>.Create((a, b) => b.Value.Total.CompareTo(a.Value.Total)))
              .ToTable("largest-by-id", row => row.Value.Key, row => row.Value.Value)
              .Materialize("largest-orders");
        #endregion

        #region running
        Table<string, (long Count, decimal Revenue)> running = rows.KeyBy(order => order.Customer)
            .Aggregate("running", a => a.Count().Sum(order => order.Total).Into((count, revenue) => (Count: count, Revenue: revenue)));

        Table<string, Order> largest = rows.KeyBy(order => order.Customer)
            .Reduce("largest-order", (a, b) => b.Total > a.Total ? b : a);
        #endregion
        running.Materialize("running-view");
        largest.Materialize("largest-view");

        await using Store store = Store.InMemory();
        await using Job job = await Job.StartAsync(pipeline, store);
        await job.Completion;
        Assert.Equal((3, 65m), await job.Table<string, (long, decimal)>("running-view").GetAsync("ann"));
        Assert.Equal(40m, (await job.Table<string, Order>("largest-view").GetAsync("ann"))!.Total);

        #region views
        TableView<string, decimal> revenue = job.Table<string, decimal>("revenue-by-region");
        decimal north = await revenue.GetAsync("north");
        TableSnapshot<string, decimal> all = await revenue.ScanAsync();                  // every row at the end of epoch all.Epoch
        TableSnapshot<string, decimal> then = await revenue.AsOf(all.Epoch).ScanAsync(); // the same, read from the store

        await foreach (EpochChanges<string, decimal> epoch in revenue.Observe())
            Remember(epoch.Epoch, epoch.Changes);                                        // after a disconnect: Observe(after: epoch)
        #endregion

        Assert.Equal(65m, north);
        Assert.Equal(all.Rows.OrderBy(row => row.Key), then.Rows.OrderBy(row => row.Key));
        Assert.Equal(3, (await job.Table<string, Order>("largest-orders").ScanAsync()).Rows.Count);

        static void Remember(long epoch, IReadOnlyList<Change<TableRow<string, decimal>>> changes) =>
            Assert.True(epoch > 0 && changes.Count > 0);
    }

    public sealed record Order(string Id, string Customer, decimal Total, DateTimeOffset Time);

    public sealed record Payment(string Order, DateTimeOffset Time);

    public sealed record Customer(string Id, string Name, string Region, DateTimeOffset Since);
}

using Akka;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/akka-streams.md.</summary>
[Trait("Issue", "12")]
public sealed class AkkaStreamsPage
{
    public sealed record Order(long Number, string Customer, decimal Total);

    public sealed record SignIn(string Account, bool Succeeded);

    public sealed record Alarm(string Account);

    private static readonly Order[] s_orders = [new(1, "ann", 10), new(2, "bob", 20), new(3, "ann", 5)];

    private static readonly JobOptions s_options = new()
    {
        EpochInterval = TimeSpan.FromMilliseconds(20),
        OnNotice = static _ => { }
    };

    [Fact]
    public async Task A_pattern_is_a_flow()
    {
        using var system = ActorSystem.Create("shop");
        Source<SignIn, NotUsed> logins = Source.From([new SignIn("ann", false), new SignIn("ann", false), new SignIn("ann", false)]);
        var raised = new List<Alarm>();
        Sink<Alarm, Task<Done>> alarms = Sink.ForEach<Alarm>(raised.Add);

        #region akka-streams-pattern
        var threeFailures = Pattern.Begin<SignIn>("fail", l => !l.Succeeded).Times(3).Consecutive();

        await logins.Via(Pattern.Flow(l => l.Account, threeFailures, m => new Alarm(m.Key)))
                    .RunWith(alarms, system);
        #endregion

        Assert.Equal([new Alarm("ann")], raised);
        await system.Terminate();
    }

    [Fact]
    public async Task A_pipeline_is_a_flow()
    {
        using var system = ActorSystem.Create("shop");
        Source<Order, NotUsed> orders = Source.From(s_orders);
        var largest = new List<decimal>();

        #region akka-streams-flow
        Flow<Order, Order, Task<Job>> large = Pipeline.Flow<Order, Order>("large-orders", rows => rows
            .Filter(order => order.Total >= 10)
            .Map(order => order with { Customer = order.Customer.ToUpperInvariant() }));

        await orders.Via(large).RunForeach(order => largest.Add(order.Total), system);
        #endregion

        Assert.Equal([10m, 20m], largest);
        await system.Terminate();
    }

    [Fact]
    public async Task Sources_and_sinks_at_the_edges()
    {
        using var system = ActorSystem.Create("shop");
        Store store = Store.InMemory();
        var booked = new Dictionary<long, int>();
        var shown = new List<Order>();

        #region akka-streams-edges
        var pipeline = Pipeline.Create("billing");
        Stream<Order> orders = pipeline.Read("orders", AkkaSource.Replayable(after => OrdersAfter(after)));   // exactly once

        orders.Write("bills", AkkaSink.Epochs(Flow.Create<EpochRows<Order>>().SelectAsync(1, BookAsync)));    // exactly once
        orders.Write("screen", AkkaSink.To(Sink.ForEach<Order>(shown.Add)));                                   // at least once

        await using Job job = await system.ActorStreams().StartAsync(pipeline, store);
        await job.Completion;
        #endregion

        Assert.Equal(3, booked.Values.Sum());
        Assert.Equal(s_orders, shown);
        await system.Terminate();

        Task<long> BookAsync(EpochRows<Order> epoch)
        {
            booked[epoch.Epoch] = epoch.Rows.Count;
            return Task.FromResult(epoch.Epoch);
        }
    }

    [Fact]
    public async Task Ingress_is_a_sink_and_a_table_a_source()
    {
        using var system = ActorSystem.Create("shop");
        Source<Order, NotUsed> orders = Source.From(s_orders);
        var pipeline = Pipeline.Create("totals");
        pipeline.Read("orders", new Ingress<Order>()).AsChanges().GroupBy(order => order.Customer)
            .Sum("sum", order => (long)order.Total).Materialize("totals");
        await using Job job = await system.ActorStreams().StartAsync(pipeline, Store.InMemory(), s_options);

        #region akka-streams-ingress
        long told = await orders.RunWith(job.Ingress<Order>("orders").ToSink(), system);        // ends when the last row is durable
        #endregion

        long lastSeen = 0;
        #region akka-streams-view
        TableView<string, long> totals = job.Table<string, long>("totals");
        EpochChanges<string, long> all = await totals.ToSource().RunWith(Sink.First<EpochChanges<string, long>>(), system);
        lastSeen = all.Epoch;

        Source<EpochChanges<string, long>, NotUsed> later = totals.ToSource(after: lastSeen);   // goes on after that epoch
        #endregion

        Assert.Equal(3, told);
        Assert.NotNull(later);
        Assert.Equal(35, all.Changes.Sum(change => change.Row.Value));
        await system.Terminate();
    }

    #region akka-streams-replayable
    private static Source<(Order Row, long Offset), NotUsed> OrdersAfter(long? offset) =>
        Source.From(s_orders).Where(order => order.Number > (offset ?? 0)).Select(order => (order, order.Number));
    #endregion
}

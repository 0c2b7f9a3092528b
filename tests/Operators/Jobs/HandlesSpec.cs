using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>What is asked of a running job is named once, where the pipeline is built: streams, sinks and tables are the handles.</summary>
public sealed class HandlesSpec
{
    private static readonly JobOptions s_options = new()
    {
        Parallelism = 2,
        Shards = 8,
        EpochInterval = TimeSpan.FromDays(1),
        MaxEventTimeAhead = null
    };

    public readonly record struct Order(string Customer, long Amount);

    private readonly TestSource<Order> _orders = new();

    [Fact]
    public async Task Entities_of_an_event_sourced_operator_a_process_function_and_a_window()
    {
        EntityHandle<string, long> totals = null!, counts = null!;
        EntityHandle<string, IReadOnlyList<WindowResult<string, long>>> windows = null!;
        await using StreamTest test = await StartAsync(orders =>
        {
            EventSourcedStream<string, long, long> booked = orders.EventSourced<long, long>(
                "booked", decide: (_, order) => [order.Amount], apply: (total, amount) => total + amount);
            totals = booked.Entities;
            Stream<long> counted = orders.Process("counted", () => new Count());
            counts = counted.EntitiesOf<string, long>("number");
            Stream<WindowResult<string, long>> minutes = orders.Window("minutes", Window.Tumbling(TimeSpan.FromMinutes(1)))
                .Aggregate(Aggregate.Of<Order>().Count());
            windows = minutes.OpenWindows();
            booked.Union(counted, minutes.Map(minute => minute.Result)).Write("out", new TestSink<long>());
        });
        _orders.Element(new("ann", 3), at: "12:00").Element(new("ann", 4), at: "12:00").Element(new("bob", 5), at: "12:00");
        test.RunUntilIdle();
        Assert.Equal(7, test.Run(() => test.Job.Entity(totals, "ann").AskAsync()));
        Assert.Equal(2, test.Run(() => test.Job.Entity(counts, "ann").AskAsync()));
        Assert.Equal(2, Assert.Single(test.Run(() => test.Job.Entity(windows, "ann").AskAsync())!).Result);
        Assert.Equal(("booked", "counted/number", "minutes"), (totals.ToString(), counts.ToString(), windows.ToString()));
    }

    [Fact]
    public async Task Counters_of_sources_and_operators()
    {
        OperatorHandle source = null!, window = null!, all = null!, sink = null!;
        await using StreamTest test = await StreamTest.StartAsync(
            pipeline =>
            {
                Stream<Order> orders = pipeline.Read("orders", _orders);
                Stream<WindowResult<string, long>> minutes = orders.KeyBy(order => order.Customer)
                    .Window("minutes", Window.Tumbling(TimeSpan.FromMinutes(1))).DropLate().Aggregate(Aggregate.Of<Order>().Count());
                Stream<WindowResult<long>> everybody = orders.WindowAll("all", Window.Session(TimeSpan.FromMinutes(1)))
                    .Aggregate(Aggregate.Of<Order>().Count());
                (source, window, all) = (orders.Operator, minutes.Operator, everybody.Operator);
                sink = minutes.Map(minute => minute.Result).Union(everybody.Map(session => session.Result))
                    .Write("out", new TestSink<long>());
            },
            s_options);
        _orders.Element(new("ann", 3), at: "12:00").Element(new("bob", 4), at: "12:00").Watermark("12:05")
            .Element(new("ann", 5), at: "12:00:30");
        test.Commit();
        JobMetrics metrics = test.Job.Metrics;
        Assert.Equal(3, metrics.SourceOf(source).Rows);
        Assert.Equal((3, 1), (metrics.CounterOf(window, Counters.Rows), metrics.CounterOf(window, Counters.LateDropped)));
        Assert.Equal(3, metrics.CounterOf(all, Counters.Rows));
        Assert.Equal(("orders", "minutes", "all", "out"), (source.Name, window.Name, all.Name, sink.Name));
        Assert.Equal(0, metrics.CounterOf(new("nobody"), Counters.Rows));
        Assert.Equal(default, metrics.SourceOf(new("nobody")));
    }

    [Fact]
    public async Task Operators_that_are_several_steps_have_one_name()
    {
        List<string> names = [];
        await using StreamTest test = await StartAsync(orders =>
        {
            Stream<Joined<Order, Order>> pairs = orders.WindowJoin("pairs", orders, Window.Session(TimeSpan.FromMinutes(1)));
            Stream<Effect<string, Order>> paid = orders.CallOut("pay", (_, _) => ValueTask.CompletedTask);
            names.AddRange([pairs.Operator.Name, paid.Operator.Name]);
            pairs.Map(_ => 0L).Union(paid.Map(_ => 0L)).Write("out", new TestSink<long>());
        });
        Assert.Equal(["pairs", "pay"], names);
    }

    [Fact]
    public async Task A_materialised_table_is_its_own_handle()
    {
        Table<string, long> spent = null!, other = null!;
        await using StreamTest test = await StartAsync(orders =>
        {
            other = orders.AsTotals("not-kept");
            spent = other.Materialize("spent");
        });
        _orders.Element(new("ann", 3), at: "12:00").Element(new("ann", 4), at: "12:00");
        test.Commit();
        Assert.Equal(7, await test.Job.Table(spent).GetAsync("ann"));
        JobException error = Assert.Throws<JobException>(() => test.Job.Table(other));
        Assert.Contains("no materialised table 'not-kept'; it has 'spent'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_operator_does_not_keep_is_refused_when_the_pipeline_is_built()
    {
        KeyedStream<string, Order> orders = Pipeline.Create("shop").Read("orders", _orders).KeyBy(order => order.Customer);
        Stream<long> counted = orders.Process("counted", () => new Count());
        Assert.Equal("Pipeline 'shop', operator 'counted' has no state 'sum'; it has 'number'.",
            Refused(() => counted.EntitiesOf<string, long>("sum")));
        Assert.Equal("Pipeline 'shop', operator 'counted' [process] keeps nothing for keys of type Int32.",
            Refused(() => counted.EntitiesOf<int, long>()));
        Assert.Equal(
            "Pipeline 'shop', operator 'doubled' [map] keeps nothing for keys of type String.",
            Refused(() => counted.Map(count => 2 * count, "doubled").EntitiesOf<string, long>()));

        static string Refused(Action act) => Assert.Throws<PipelineException>(act).Message;
    }

    private Task<StreamTest> StartAsync(Action<KeyedStream<string, Order>> build) => StreamTest.StartAsync(
        pipeline => build(pipeline.Read("orders", _orders).KeyBy(order => order.Customer)), s_options);

    private sealed class Count : ProcessFunction<string, Order, long>
    {
        private readonly ValueState<long> _number;

        public Count() => _number = Value<long>("number");

        public override void OnRow(in Order row, ProcessContext<string, long> context) => context.Emit(++_number.Value);
    }
}

internal static class OrderTables
{
    public static Table<string, long> AsTotals(this KeyedStream<string, HandlesSpec.Order> orders, string name) =>
        orders.Stream.AsChanges().GroupBy(order => order.Customer).Sum(name, order => order.Amount);
}

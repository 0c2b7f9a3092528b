using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Nodes;

/// <summary>A small pipeline that runs on several nodes, and what it must come to, by the plainest means.</summary>
internal abstract class NodeScenario
{
    public static IReadOnlyList<NodeScenario> All { get; } = [new Totals(), new Chains(), new Groups()];

    public string Name => GetType().Name;

    public abstract void Build(Pipeline pipeline, NodesWorld world);

    /// <summary>What its sinks show: a line each, with the sink's name before it.</summary>
    public abstract IEnumerable<string> Shown(ulong seed);

    /// <summary>What the store has of its state in the end, and what it should have: by key.</summary>
    public virtual IEnumerable<(string Key, string Expected, Func<Pipeline, Store, Task<string>> Stored)> State(ulong seed) => [];

    public static NodeScenario Of(ulong seed) => Environment.GetEnvironmentVariable("ACTORSTREAMS_SCENARIO") is { Length: > 0 } name
        ? All.Single(scenario => scenario.Name == name)
        : All[(int)(seed % (ulong)All.Count)];

    protected static KeyedStream<string, Payment> Payments(Pipeline pipeline, NodesWorld world) => pipeline
        .Read("payments", world.Things("payments", () => new NodeSource<Payment>(world, "payments", Input(world.Seed))))
        .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromSeconds(1)))
        .KeyBy(payment => payment.Account);

    /// <summary>Two or three partitions of a few rows; a key is of one partition only, so that the order of its rows is fixed.</summary>
    protected static IReadOnlyList<IReadOnlyList<Payment>> Input(ulong seed)
    {
        SimulationRandom random = SimulationRandom.For(seed, "payments");
        int id = 0;
        var partitions = new List<IReadOnlyList<Payment>>();
        for (int partition = random.Between(2, 3); partition > 0; partition--)
        {
            var rows = new List<Payment>();
            long clock = 1_893_456_000_000_000;
            for (int left = random.Between(20, 60); left > 0; left--)
            {
                clock += random.Next(600) * 1000L;
                rows.Add(new Payment(id++, $"p{partition}-{random.Next(7)}", clock - (random.Next(1000) * 1000L), random.Next(1000)));
            }

            partitions.Add(rows);
        }

        return partitions;
    }

    private protected static IEnumerable<IGrouping<(string Account, long Start), Payment>> Windows(ulong seed, int seconds) =>
        Input(seed).SelectMany(rows => rows).GroupBy(payment => (payment.Account, payment.Time - (payment.Time % (seconds * 1_000_000L))));

    /// <summary>Windows over several partitions, into a table.</summary>
    private sealed class Totals : NodeScenario
    {
        public override void Build(Pipeline pipeline, NodesWorld world) => Payments(pipeline, world)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(5)))
            .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Map(total => $"{total.Key} {total.Window.Start} {total.Result}")
            .Write("results", world.Outside.Table<string>("totals"));

        public override IEnumerable<string> Shown(ulong seed) => Windows(seed, 5).Select(window =>
            $"totals: {window.Key.Account} {window.Key.Start} ({window.LongCount()}, {window.Sum(payment => payment.Amount)})");
    }

    /// <summary>Event-sourced entities, each row of which names the one before it: a row that is lost or comes twice breaks the chain. Out
    /// through two phases.</summary>
    private sealed class Chains : NodeScenario
    {
        public override void Build(Pipeline pipeline, NodesWorld world) => Payments(pipeline, world)
            .EventSourced<int, Link>("chain", decide: (before, payment) => [new Link(payment.Account, before, payment.Id)],
                apply: (_, link) => link.Id)
            .Map(link => $"{link.Account} {link.Before} {link.Id}")
            .Write("out", world.Outside.TwoPhase<string>("chain"));

        public override IEnumerable<string> Shown(ulong seed)
        {
            foreach (IGrouping<string, Payment> account in Accounts(seed))
            {
                int before = 0;
                foreach (Payment payment in account)
                    yield return $"chain: {account.Key} {before} {before = payment.Id}";
            }
        }

        public override IEnumerable<(string Key, string Expected, Func<Pipeline, Store, Task<string>> Stored)> State(ulong seed) =>
            Accounts(seed).Select(account => (account.Key, $"{account.Last().Id}",
                (Func<Pipeline, Store, Task<string>>)(async (pipeline, store) =>
                {
                    string last = "";
                    await foreach (EntityVersion<int> version in
                        EntityHistory.ReadAsync(pipeline, store, new EntityHandle<string, int>("chain"), account.Key))
                        last = $"{version.State}";
                    return last;
                })));

        private static IEnumerable<IGrouping<string, Payment>> Accounts(ulong seed) =>
            Input(seed).SelectMany(rows => rows).GroupBy(payment => payment.Account);

        public readonly record struct Link(string Account, int Before, int Id);
    }

    /// <summary>Two exchanges: results of windows get another key, and are windowed again. Into two tables.</summary>
    private sealed class Groups : NodeScenario
    {
        public override void Build(Pipeline pipeline, NodesWorld world)
        {
            Stream<WindowResult<string, long>> totals = Payments(pipeline, world)
                .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(5)))
                .Aggregate(Aggregate.Of<Payment>().Sum(payment => payment.Amount));
            totals.Map(total => $"{total.Key} {total.Window.Start} {total.Result}")
                .Write("totals-out", world.Outside.Table<string>("totals"));
            totals.KeyBy(total => total.Result % 7)
                .Window("groups", Window.Tumbling(TimeSpan.FromSeconds(20)))
                .Aggregate(Aggregate.Of<WindowResult<string, long>>().Count())
                .Map(group => $"{group.Key} {group.Window.Start} {group.Result}")
                .Write("groups-out", world.Outside.Table<string>("groups"));
        }

        public override IEnumerable<string> Shown(ulong seed)
        {
            (string Account, long Start, long Sum)[] totals = [.. Windows(seed, 5)
                .Select(window => (window.Key.Account, window.Key.Start, window.Sum(payment => payment.Amount)))];
            return totals.Select(total => $"totals: {total.Account} {total.Start} {total.Sum}").Concat(totals
                .GroupBy(total => (Group: total.Sum % 7, Start: total.Start - (total.Start % 20_000_000)))
                .Select(group => $"groups: {group.Key.Group} {group.Key.Start} {group.LongCount()}"));
        }
    }
}

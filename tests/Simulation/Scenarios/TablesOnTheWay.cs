using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rows meet what a table or the rules say when they come by: each row goes on once, and what it has met was true.</summary>
/// <remarks>When a value arrives, and so which rows meet it, is up to each run; so every key has one value only, and results tell whether a
/// row met that or none.</remarks>
public sealed class TablesOnTheWay : Scenario
{
    private const int Rules = 40;

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Table<string, long> lengths = Keyed(pipeline, world, "accounts")
            .ToTable("account-lengths", payment => (long)payment.Account.Length);
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments");
        payments.Join("came-by", lengths, JoinType.Left)
            .Map(pair => $"{pair.Left.Id} {(pair.HasRight && pair.Right != pair.Left.Account.Length ? "wrong" : "right")}")
                .Write("joined", world.Table<string>("joined"));
        payments.Stream.WithBroadcast("apply", pipeline.Read("rules", world.Source("rules", MakeRules)), rule => rule, Apply)
            .Peek(text => _ = text.Length).Write("applied", world.TwoPhase<string>("applied"));
    }

    public override IEnumerable<string> Model(ulong seed) => Payments(seed, "payments")
        .SelectMany(payment => new[] { $"joined: {payment.Id} right", $"applied: {payment.Id} right" });

    private static IReadOnlyList<IReadOnlyList<int>> MakeRules(SimulationRandom random) => [[.. Enumerable.Range(0, Rules)]];

    private static IEnumerable<string> Apply(Payment payment, IReadOnlyDictionary<int, int> rules) =>
        [$"{payment.Id} {(rules.All(rule => rule.Key == rule.Value && rule.Key < Rules) ? "right" : "wrong")}"];
}

using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Tables, and what is computed from them: whatever changes come on the way, they settle to what the last row of each key
/// says.</summary>
public sealed class SettledTables : Scenario
{
    private static readonly IComparer<TableRow<string, long>> s_byAmount =
        Comparer<TableRow<string, long>>.Create((a, b) => (a.Value, b.Key).CompareTo((b.Value, a.Key)));

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments", areKeysPrivate: true);
        Table<string, long> amounts = payments.ToTable("amounts", payment => payment.Amount).Materialize("view");
        amounts.Filter((_, amount) => amount % 2 == 0).Map((_, amount) => amount / 10).Changes()
            .Settle("even", world, row => $"{row.Key} {row.Value}");
        amounts.Consolidate("net")
            .Write("store", Sinks.UpsertTable<string, long>("amounts", t => t.Key("key", key => key).Column("amount", amount => amount)));
        world.Show("amounts");

        GroupedChanges<long, TableRow<string, long>> groups = amounts.GroupBy(row => row.Value % 5);
        groups.Count("counts").Changes().Settle("counted", world, row => $"{row.Key} {row.Value}");
        groups.Sum("sums", row => row.Value).Changes().Settle("summed", world, row => $"{row.Key} {row.Value}");
        groups.Aggregate("aggregates", Aggregate.Of<TableRow<string, long>>().Count().Sum(row => row.Value)).Changes()
            .Settle("aggregated", world, row => $"{row.Key} {row.Value}");
        payments.Aggregate("running", a => a.Count().Sum(payment => payment.Amount)).Changes()
            .Settle("running-sums", world, row => $"{row.Key} {row.Value}");
        payments.Reduce("largest", (a, b) => b.Amount > a.Amount ? b : a).Changes()
            .Settle("reduced", world, row => $"{row.Key} {row.Value.Amount}");
        groups.Top("best", 3, s_byAmount).Settle("top", world, row => $"{row.Key} {row.Value.Key}");
        groups.KeepFirst("first", s_byAmount).Changes().Settle("kept", world, row => $"{row.Key} {row.Value.Key}");

        amounts.Changes().ToTable("again", row => row.Key, row => row.Value + 1)
            .Union("either", payments.Stream.Filter(payment => payment.Amount % 3 == 0).KeyBy(payment => $"third {payment.Account}")
                .ToUpsert().ToTable("thirds").Map((_, payment) => payment.Amount))
            .Changes().Settle("united", world, row => $"{row.Key} {row.Value}");
        amounts.Changes().Map(change => new Change<long>(change.Row.Value % 7, change.Weight)).Distinct("rests")
            .Settle("distinct", world, rest => $"{rest}");
        amounts.ToStream()
            .Map(change => $"{change.Key} {(change.HadBefore ? change.Before : null)} {(change.HasAfter ? change.After : null)}")
            .Write("changes", world.Table<string>("changes"));
        payments.Stream.AsChanges().Union(payments.Stream.Filter(payment => payment.Amount < 300).Map(Change<Payment>.Retract)).AsLog()
            .Map(change => $"{change.Weight} {change.Row.Id}").Write("log", world.Topic<string>("log"));
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        (string Key, long Amount)[] last = [.. Payments(seed, "payments", areKeysPrivate: true).GroupBy(payment => payment.Account)
            .Select(rows => (rows.Key, rows.Last().Amount))];
        foreach ((string key, long amount) in last)
        {
            yield return $"amounts: {key} {amount}";
            if (amount % 2 == 0)
                yield return $"even: {key} {amount / 10}";
        }

        foreach (var account in Payments(seed, "payments", areKeysPrivate: true).GroupBy(payment => payment.Account))
        {
            yield return $"running_sums: {account.Key} ({account.Count()}, {account.Sum(payment => payment.Amount)})";
            yield return $"reduced: {account.Key} {account.Max(payment => payment.Amount)}";
        }

        foreach (var group in last.GroupBy(row => row.Amount % 5))
        {
            yield return $"counted: {group.Key} {group.Count()}";
            yield return $"summed: {group.Key} {group.Sum(row => row.Amount)}";
            yield return $"aggregated: {group.Key} ({group.Count()}, {group.Sum(row => row.Amount)})";
            foreach ((string key, _) in group.OrderBy(row => row.Amount).ThenByDescending(row => row.Key, StringComparer.CurrentCulture)
                .Take(3))
                yield return $"top: {group.Key} {key}";
        }

        foreach (long rest in last.Select(row => row.Amount % 7).Distinct())
            yield return $"distinct: {rest}";
    }
}

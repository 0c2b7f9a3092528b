using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Tables joined by their keys and by what their values refer to: the joins settle to what joining the settled tables
/// gives.</summary>
public sealed class JoinedTables : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Table<string, long> orders = Keyed(pipeline, world, "orders", areKeysPrivate: true)
            .ToTable("orders-by-account", payment => payment.Amount);
        Table<string, long> people = Keyed(pipeline, world, "people", areKeysPrivate: true)
            .ToTable("people-by-account", payment => payment.Amount);
        orders.Join("inner", people).Changes().Settle("both", world, row => Text(row.Key, row.Value));
        orders.Join("full", people, JoinType.Full).Changes().Settle("either", world, row => Text(row.Key, row.Value));
        orders.ForeignKeyJoin("foreign", people, Reference, JoinType.Left).Changes()
            .Settle("referred", world, row => Text(row.Key, row.Value));
        orders.Changes().KeyBy(change => Group(change.Row.Value))
            .Join("many", people.Changes().KeyBy(change => Group(change.Row.Value)), JoinType.Left)
            .Settle("met", world, pair => $"{pair.Left.Key} {(pair.HasRight ? pair.Right.Key : null)}");
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        Dictionary<string, long> orders = Last(seed, "orders"), people = Last(seed, "people");
        foreach ((string key, long order) in orders)
        {
            string[] met = [.. people.Where(person => Group(person.Value) == Group(order)).Select(person => person.Key)];
            foreach (string person in met.Length > 0 ? met : [""])
                yield return $"met: {key} {person}";
        }

        foreach (string key in orders.Keys.Union(people.Keys))
        {
            (bool isOrder, bool isPerson) = (orders.TryGetValue(key, out long order), people.TryGetValue(key, out long person));
            string text = $"{key} {(isOrder ? order : null)} {(isPerson ? person : null)}";
            yield return $"either: {text}";
            if (isOrder && isPerson)
                yield return $"both: {text}";
            if (isOrder)
                yield return $"referred: {key} {order} {(people.TryGetValue(Reference(order), out long referred) ? referred : null)}";
        }
    }

    private static long Group(long amount) => amount % 6;

    private static string Reference(long amount) => $"p0-{amount % 6}";

    private static string Text(string key, Joined<long, long> pair) =>
        $"{key} {(pair.HasLeft ? pair.Left : null)} {(pair.HasRight ? pair.Right : null)}";

    private static Dictionary<string, long> Last(ulong seed, string source) =>
        Payments(seed, source, areKeysPrivate: true).GroupBy(payment => payment.Account)
            .ToDictionary(rows => rows.Key, rows => rows.Last().Amount);
}

using ActorStreams.Authoring;

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Jobs with tables and groups of changes.</summary>
internal static class GoldenTables
{
    private static readonly IComparer<GoldenRow> s_byValue =
        Comparer<GoldenRow>.Create((one, other) => (other.Value, other.Time).CompareTo((one.Value, one.Time)));

    public static void Materialized(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .ToTable("table", new TableOptions<GoldenRow> { IsDelete = row => row.Kind == "logout", IgnoreOlder = true }).Materialize("view"));

    public static void Grouped(GoldenGraph graph) => graph.Results(ValuesByKindAndKey(graph).GroupBy(row => row.Key.Kind)
        .Aggregate("group", Aggregate.Of<TableRow<(string Kind, string Key), int>>().Count().Sum(row => (long)row.Value)
            .And(rows => rows.RetractableMax(row => row.Value)).Into((a, b, c) => (a, b, c))));

    public static void GroupCounts(GoldenGraph graph) => graph.Results(graph.Left.AsChanges().GroupBy(row => row.Kind).Count("group"));

    public static void GroupSums(GoldenGraph graph) => graph.Results(
        ValuesByKindAndKey(graph).GroupBy(row => row.Key.Kind).Sum("group", row => (long)row.Value));

    public static void GroupOwn(GoldenGraph graph) => graph.Results(ValuesByKindAndKey(graph).GroupBy(row => row.Key.Kind)
        .Aggregate("group", () => 0L, (sum, row) => sum + row.Value, (sum, row) => sum - row.Value, (sum, rows) => $"{sum} of {rows}"));

    public static void First(GoldenGraph graph) => graph.Results(
        graph.Left.AsChanges().GroupBy(row => row.Key).KeepFirst("first", s_byValue));

    public static void Top(GoldenGraph graph) => graph.Results(graph.Left.AsChanges().GroupBy(row => row.Key).Top("top", 2, s_byValue)
        .Map(change => $"{change.Weight} {change.Row.Key} {change.Row.Value}"));

    public static void Distinct(GoldenGraph graph) => graph.Results(
        graph.Left.Map(row => row.Kind + row.Key).AsChanges().Distinct("distinct")
        .Map(change => $"{change.Weight} {change.Row}"));

    public static void Upserts(GoldenGraph graph) => graph.Results(graph.LeftByKey.ToUpsert()
        .Map(upsert => upsert.Row!.Value < 20 ? Upsert<string, int>.Delete(upsert.Key!)
            : Upsert<string, int>.Put(upsert.Key!, upsert.Row.Value))
        .ToTable("table"));

    public static void ChangesToTable(GoldenGraph graph) => graph.Results(graph.LeftByKey.ToTable("first", row => row.Value).Changes()
        .ToTable("second", row => row.Key, row => row.Value));

    private static Table<(string Kind, string Key), int> ValuesByKindAndKey(GoldenGraph graph) =>
        graph.Left.KeyBy(row => (row.Kind, row.Key)).ToTable("table", row => row.Value);
}

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Jobs whose open windows hold the state of every aggregate.</summary>
internal static class GoldenAggregates
{
    public static void Seven(GoldenGraph graph) => Show(graph,
        Aggregate.Of<GoldenRow>().Count().Sum(row => (long)row.Value).Sum(row => (decimal)row.Value)
        .Sum(row => row.Value / 4.0).Min(row => row.Value).Max(row => row.Value).Average(row => row.Value)
        .Into((a, b, c, d, e, f, g) => (a, b, c, d, e, f, g)));

    public static void Mixed(GoldenGraph graph) => Show(graph, Aggregate.Of<GoldenRow>().Count()
        .And(rows => rows.Percentile(0.5, row => row.Value)).And(rows => rows.DistinctCount(row => row.Kind))
        .And(rows => rows.Variance(row => row.Value)).And(rows => rows.StandardDeviation(row => row.Value))
        .Into((a, b, c, d, e) => (a, b, c, d, e)));

    public static void Rows(GoldenGraph graph) => Show(graph,
        Aggregate.Of<GoldenRow>().And(rows => rows.First(row => row.Value, row => row.Time))
        .And(rows => rows.Last(row => row.Value, row => row.Time)).And(rows => rows.MaxBy(row => row.Kind, row => (row.Value, row.Time)))
        .And(rows => rows.Top(3, row => row.Value)).And(rows => rows.TopBy(2, row => row.Kind, row => (row.Value, row.Time)))
        .And(rows => rows.Collect(row => row.Value, atMost: 40))
        .Into((a, b, c, d, e, f) => (a, b, c, d, e, f)));

    public static void Retractable(GoldenGraph graph) => Show(graph,
        Aggregate.Of<GoldenRow>().And(rows => rows.RetractableMin(row => row.Value))
        .And(rows => rows.RetractableMax(row => row.Value)).And(rows => rows.RetractableTop(2, row => row.Value))
        .Into((a, b, c) => (a, b, c)));

    public static void Own(GoldenGraph graph) => Show(graph, Aggregate.Fold<GoldenRow, Spell, string>(
        () => new Spell("", 0), (spell, row) => new Spell(spell.Text + row.Kind[..3], spell.Rows + 1), spell =>
            $"{spell.Rows}:{spell.Text}"));

    public static void Sketches(GoldenGraph graph) => graph.Results(Windowed(graph).Aggregate(Aggregate.Of<GoldenRow>()
        .And(rows => rows.ApproximateDistinctCount(row => row.Value))
        .And(rows => rows.Quantiles(row => row.Value))
        .And(rows => rows.HeavyHitters(2, row => row.Kind))
        .And(rows => rows.ApproximateCounts(row => row.Kind))
        .And(rows => rows.Seen(row => row.Kind))
        .And(rows => rows.Sample(3, row => row.Value))
        .Into((a, b, c, d, e, f) => (a, b, c, d, e, f))).Map(pane =>
            $"{pane.Key} {pane.Window.StartTime:HH:mm} {pane.Result.Item1} {GoldenText.Of(pane.Result.Item2.At(0.5))} " +
            $"{Hits(pane.Result.Item3)} " +
            $"{pane.Result.Item4.CountOf("login")} {pane.Result.Item5.MayContain("order")} {GoldenText.Of(pane.Result.Item6)}"));

    public static void Clusters(GoldenGraph graph) => graph.Results(Windowed(graph).Aggregate(Aggregate.Of<GoldenRow>()
        .And(rows => rows.Clusters(2, row => (row.Value, row.Value % 10)))).Map(pane =>
            $"{pane.Key} {pane.Window.StartTime:HH:mm} {string.Join(' ', pane.Result.Select(cluster => GoldenText.Of(cluster.Weight)))}"));

    private static WindowedStream<string, GoldenRow> Windowed(GoldenGraph graph) =>
        graph.LeftByKey.Window("window", Window.Tumbling(TimeSpan.FromMinutes(12))).DropLate();

    private static string Hits(IEnumerable<HeavyHitter<string>> hits) =>
        string.Join(',', hits.Select(hit => hit.Item).Order(StringComparer.Ordinal));

    private static void Show<TOut>(GoldenGraph graph, Aggregate<GoldenRow, TOut> aggregate) =>
        graph.Results(Windowed(graph).Aggregate(aggregate).Map(pane => GoldenText.Of(pane)));

    public readonly record struct Spell(string Text, int Rows);
}

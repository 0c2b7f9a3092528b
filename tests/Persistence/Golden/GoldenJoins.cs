namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Jobs with joins of every kind, with rows that wait for a partner when the job stops.</summary>
internal static class GoldenJoins
{
    private static readonly TimeSpan s_four = TimeSpan.FromMinutes(4);

    public static void OfInterval(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .IntervalJoin("join", graph.RightByKey, Interval.Between(-s_four, s_four)).Map(Show));

    public static void OfIntervalOuter(GoldenGraph graph) => graph.Results(graph.RightByKey
        .IntervalJoin("join", graph.Right.Filter(row => row.Kind == "order").KeyBy(row => row.Key),
            Interval.Between(TimeSpan.FromSeconds(1), s_four),
            JoinType.Left).Map(Show));

    public static void OfWindows(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .WindowJoin("join", graph.RightByKey, Window.Tumbling(s_four), JoinType.Full, new() { AllowedLateness = s_four })
            .Map(Show));

    public static void OfSessions(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .WindowJoin("join", graph.RightByKey, Window.Session(TimeSpan.FromMinutes(1)),
            options: new() { AllowedLateness = TimeSpan.FromMinutes(6) }).Map(Show));

    public static void AsOf(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .AsOfJoin("join", graph.RightByKey.ToTable("table"),
            JoinType.Left, new() { RetainFor = TimeSpan.FromMinutes(10) }).Map(Show));

    public static void StreamTable(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .Join("join", graph.RightByKey.ToTable("table", row => row.Value), JoinType.Left).Map(joined => $"{joined.Left} | {joined.Right}"));

    public static void Tables(GoldenGraph graph) => graph.Results(graph.LeftByKey.ToTable("left-table", row => row.Value)
        .Join("join", graph.Right.Filter(row => row.Value > 30).KeyBy(row => row.Key).ToTable("right-table", row => row.Value),
            JoinType.Full)
        .Map((_, joined) => $"{joined.HasLeft} {joined.Left} {joined.HasRight} {joined.Right}"));

    public static void ForeignKey(GoldenGraph graph) => graph.Results(graph.Left.KeyBy(row => row.Value).ToTable("left-table")
        .ForeignKeyJoin("join", graph.RightByKey.ToTable("right-table", row => row.Value), row => row.Key)
        .Map((_, joined) => $"{joined.Left} | {joined.Right}"));

    public static void UnionOfTables(GoldenGraph graph) => graph.Results(graph.LeftByKey.ToTable("left-table", row => row.Value)
        .Union("union", graph.RightByKey.ToTable("right-table", row => row.Value), (left, right) => (left * 1000) + right));

    public static void Broadcast(GoldenGraph graph) => graph.Results(graph.Left
        .WithBroadcast("join", graph.Right.Filter(row => row.Value < 80), row => row.Key,
            (row, rules) => new[] { $"{row} {(rules.TryGetValue(row.Key, out GoldenRow? rule) ? rule.Value : -1)} of {rules.Count}" },
            new() { IsDelete = rule => rule.Value < 5 }));

    private static string Show(Joined<GoldenRow, GoldenRow> joined) =>
        $"{(joined.HasLeft ? joined.Left : "none")} | {(joined.HasRight ? joined.Right : "none")}";
}

namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Jobs with windows of every kind, each open when the job stops.</summary>
internal static class GoldenWindows
{
    private static readonly TimeSpan s_ten = TimeSpan.FromMinutes(10), s_three = TimeSpan.FromMinutes(3);

    public static void Tumbling(GoldenGraph graph)
    {
        graph.Results(graph.LeftByKey.Window("window", Window.Tumbling(s_ten)).LateTo(out Stream<GoldenRow> late)
            .Aggregate(Aggregate.Of<GoldenRow>().Count().Max(row => row.Value).Min(row => row.Value).Sum(row => (long)row.Value)
                .Average(row => row.Value).Into((a, b, c, d, e) => (a, b, c, d, e)))
            .Map(pane => GoldenText.Of(pane)));
        graph.Late(late);
    }

    public static void TumblingTwoPhase(GoldenGraph graph) =>
        graph.Results(graph.LeftByKey.Window("window", Window.Tumbling(s_ten)).DropLate().TwoPhase()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Sum(row => (decimal)row.Value)).Map(pane => GoldenText.Of(pane)));

    public static void TumblingCount(GoldenGraph graph) => graph.Results(graph.RightByKey.Window("window", Window.Tumbling(s_ten))
        .Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(pane => GoldenText.Of(pane)));

    public static void Hopping(GoldenGraph graph) => graph.Results(
        graph.LeftByKey.Window("window", Window.Hopping(s_ten, s_three)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Max(row => row.Value)).Map(pane => GoldenText.Of(pane)));

    public static void Cumulate(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .Window("window", Window.Cumulate(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(5))).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Sum(row => (long)row.Value)).Map(pane => GoldenText.Of(pane)));

    public static void Session(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Session(s_three)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Max(row => row.Value)).Map(pane => GoldenText.Of(pane)));

    public static void LongSession(GoldenGraph graph) => graph.Results(
        graph.LeftByKey.Window("window", Window.Session(s_three, s_ten)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().And(rows => rows.Collect(row => row.Value))).Map(pane => GoldenText.Of(pane)));

    public static void SessionPanes(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Session(s_three))
        .Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(2).Repeatedly(), late: Trigger.AfterCount(1).Repeatedly()))
        .AllowedLateness(s_ten).Accumulating()
        .Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(pane => GoldenText.Of(pane)));

    public static void Panes(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Tumbling(s_ten))
        .Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(3).Repeatedly(), late: Trigger.AfterCount(1).Repeatedly()))
        .AllowedLateness(s_ten).Discarding()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Sum(row => (long)row.Value)).Map(pane => GoldenText.Of(pane)));

    public static void Retracting(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Tumbling(s_ten))
        .Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(3).Repeatedly(), late: Trigger.AfterCount(1).Repeatedly()))
        .AllowedLateness(s_ten).Retracting()
        .Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(change => $"{change.Weight} {GoldenText.Of(change.Row)}"));

    public static void ContinuousPanes(GoldenGraph graph) =>
        graph.Results(graph.RightByKey.Window("window", Window.Hopping(s_ten, TimeSpan.FromMinutes(5)))
        .Trigger(Trigger.AfterFirst([Trigger.AfterWatermark(), Trigger.ContinuousEventTime(s_three)]).Repeatedly()).Accumulating()
        .Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(pane => GoldenText.Of(pane)));

    public static void EmitOnClose(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Tumbling(s_ten))
        .AllowedLateness(s_three).EmitOnClose().Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(pane => GoldenText.Of(pane)));

    public static void Calendar(GoldenGraph graph) => graph.Results(
        graph.LeftByKey.Window("window", Window.Day(TimeZoneInfo.Utc)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(pane => GoldenText.Of(pane)));

    public static void Global(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Global())
        .Trigger(Trigger.AfterCount(4).Repeatedly()).Discarding()
        .Aggregate(Aggregate.Of<GoldenRow>().And(rows => rows.Collect(row => row.Value)))
            .Map(pane => $"{pane.Key} {GoldenText.Of(pane.Result)}"));

    public static void Counted(GoldenGraph graph) => graph.Results(graph.LeftByKey.Window("window", Window.Count(5, 2))
        .Aggregate(Aggregate.Of<GoldenRow>().And(rows => rows.Collect(row => row.Value)))
            .Map(pane => $"{pane.Key} {GoldenText.Of(pane.Result)}"));

    public static void OfAll(GoldenGraph graph) => graph.Results(graph.Left.WindowAll("window", Window.Tumbling(s_ten)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Average(row => row.Value))
            .Map(pane => $"{pane.Window.StartTime:HH:mm} {GoldenText.Of(pane.Result)}"));

    public static void OverRange(GoldenGraph graph) => graph.Results(graph.LeftByKey.Over("window", Frames.Range(s_ten)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Sum(row => (long)row.Value)).Map(row => $"{row.Row} {GoldenText.Of(row.Result)}"));

    public static void OverRows(GoldenGraph graph) => graph.Results(graph.LeftByKey.Over("window", Frames.Rows(3)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count().Sum(row => (long)row.Value)).Map(row => $"{row.Row} {GoldenText.Of(row.Result)}"));

    public static void PerKey(GoldenGraph graph) => graph.Results(graph.LeftByKey.WithKeyWatermarks(TimeSpan.FromSeconds(30))
        .Window("window", Window.Tumbling(s_ten)).DropLate()
        .Aggregate(Aggregate.Of<GoldenRow>().Count()).Map(pane => GoldenText.Of(pane)));
}

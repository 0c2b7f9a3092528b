namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Jobs with patterns and rules, with partial matches open when the job stops.</summary>
internal static class GoldenPatterns
{
    private static readonly PatternConditions<GoldenRow> s_words =
        new PatternConditions<GoldenRow> { { "large", row => row.Value > 40 } }.AddProperty("kind", row => row.Kind);

    public static void Match(GoldenGraph graph)
    {
        Pattern<GoldenRow, GoldenRow> login = Pattern.Begin<GoldenRow>("login", row => row.Kind == "login").OneOrMore();
        Pattern<GoldenRow> pattern = login.FollowedBy("order", row => row.Kind == "order")
            .Where((row, soFar) => row.Value > soFar[login].Min(earlier => earlier.Value)).Within(TimeSpan.FromMinutes(12));
        graph.Results(graph.LeftByKey.Match("match", pattern).LateTo(out Stream<GoldenRow> late)
            .TimedOutTo(match => $"timed out {match.Key} {match.Stage} {match.Rows.Count}", out Stream<string> timedOut)
            .Select(match => $"{match.Key}: {GoldenText.Of(match.Rows)}"));
        graph.Late(late);
        graph.TimedOut(timedOut);
    }

    public static void Absence(GoldenGraph graph)
    {
        Pattern<GoldenRow> pattern = Pattern.Begin<GoldenRow>("order", row => row.Kind == "order")
            .NotFollowedBy("logout", row => row.Kind == "logout").Within(TimeSpan.FromMinutes(5)).AfterMatch(AfterMatch.SkipPastLast);
        graph.Results(graph.RightByKey.Match("match", pattern).Select(match => $"{match.Key}: {GoldenText.Of(match.Rows)}"));
    }

    public static void Revisable(GoldenGraph graph)
    {
        Pattern<GoldenRow> pattern = Pattern.Begin<GoldenRow>("login", row => row.Kind == "login").Next("order", row => row.Kind == "order")
            .Within(TimeSpan.FromMinutes(12));
        graph.Results(graph.RightByKey.Match("match", pattern).Revisable()
            .ConfirmedTo(match => $"confirmed {match.Key}: {GoldenText.Of(match.Rows)}", out Stream<string> confirmed)
            .Select(match => $"{match.Key}: {GoldenText.Of(match.Rows)}").Map(change => $"{change.Weight} {change.Row}"));
        graph.TimedOut(confirmed);
    }

    public static void Rules(GoldenGraph graph) => graph.Results(graph.LeftByKey
        .Match("rules", graph.Right.Filter(row => row.Value < 30).Map(RuleOf), s_words).DropLate()
        .Select(match => $"{match.Rule}/{match.Version} {match.Key}: {GoldenText.Of(match.Rows)}"));

    /// <summary>A key's rule: replaced each time by one with another bound, and removed by a few.</summary>
    private static RuleChange RuleOf(GoldenRow row)
    {
        long version = row.Time / 1_000_000;
        return row.Value < 4 ? RuleChange.Remove(row.Key, version) : RuleChange.Put(row.Key, version,
            $"first where kind = {row.Kind} followedBy second where kind = order and large within {row.Value + 5} min");
    }
}

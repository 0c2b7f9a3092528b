using ActorStreams.Authoring;

namespace ActorStreams.Architecture.Tests.Snippets;

/// <summary>The code of docs/patterns.md, run.</summary>
public sealed class PatternSnippets
{
    private static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    #region rows
    public sealed record Login(string Account, bool Succeeded, DateTimeOffset Time);

    public sealed record Alert(string Account, DateTimeOffset Last);
    #endregion

    public sealed record Order(string Account, bool IsPaid, DateTimeOffset Time);

    public sealed record Tick(string Symbol, string Kind, double Price, DateTimeOffset Time);

    [Fact]
    public async Task Three_failures_and_no_success_raise_an_alert()
    {
        Login[] rows =
        [
            new("ann", false, s_noon), new("ann", false, s_noon.AddSeconds(1)), new("bob", false, s_noon.AddSeconds(1)),
                new("ann", false, s_noon.AddSeconds(2)),
            new("bob", false, s_noon.AddSeconds(3)), new("bob", false, s_noon.AddSeconds(4)), new("bob", true, s_noon.AddMinutes(1)),
        ];
        var alerts = new List<Alert>();
        var attempts = new List<string>();
        var pipeline = Pipeline.Create("logins");
        Stream<Login> logins = pipeline.Read("logins", Sources.Of(rows)).WithEventTime(login => login.Time, Watermarks.Monotonic());

        #region logins
        var fail = Pattern.Begin<Login>("fail").Where(l => !l.Succeeded).Times(3).Consecutive();
        var alert = fail.NotFollowedBy("success", l => l.Succeeded).Within(TimeSpan.FromMinutes(10));

        logins.KeyBy(l => l.Account)
              .Match("three-failures", alert).Select(m => new Alert(m.Key, m[fail].Last.Time))
              .Write("alerts", Sinks.ForEach<Alert>(alerts.Add));
        #endregion

        #region timed-out
        logins.KeyBy(l => l.Account)
              .Match("recoveries", fail.FollowedBy("success", l => l.Succeeded).Within(TimeSpan.FromMinutes(10)))
              .DropLate()
              .TimedOutTo(m => $"{m.Key} got as far as {m.Stage} by {m.Deadline:HH:mm}", out Stream<string> given)
              .Select(m => $"{m.Key} recovered after {m[fail].Count} failures")
              .Write("recovered", Sinks.ForEach<string>(attempts.Add));
        given.Write("given-up", Sinks.ForEach<string>(attempts.Add));
        #endregion

        await using Job job = await Job.StartAsync(pipeline, Store.InMemory());
        await job.Completion;

        Assert.Equal([new Alert("ann", s_noon.AddSeconds(2))], alerts);
        Assert.Contains("bob recovered after 3 failures", attempts);
        Assert.Contains("ann got as far as fail by 12:10", attempts);
    }

    [Fact]
    public async Task A_pattern_can_be_written_as_text()
    {
        Login[] rows = [.. Enumerable.Range(0, 3).Select(second => new Login("ann", false, s_noon.AddSeconds(second))),
            new("bob", false, s_noon.AddSeconds(3))];
        var guesses = new List<string>();
        var pipeline = Pipeline.Create("guesses");
        Stream<Login> logins = pipeline.Read("logins", Sources.Of(rows)).WithEventTime(login => login.Time, Watermarks.Monotonic());

        #region text
        var conditions = new PatternConditions<Login> { { "fail", l => !l.Succeeded }, { "success", l => l.Succeeded } };
        var guessed = Pattern.Parse("fail{3} consecutive notFollowedBy success within 10 min", conditions);

        logins.KeyBy(l => l.Account)
              .Match("guessed", guessed).Select(m => $"{m.Key}: {m["fail"].Count} times, by '{guessed.ToText()}'")
              .Write("guesses", Sinks.ForEach<string>(guesses.Add));
        #endregion

        await using Job job = await Job.StartAsync(pipeline, Store.InMemory());
        await job.Completion;

        Assert.Equal(["ann: 3 times, by 'fail{3} consecutive notFollowedBy success within 10 min'"], guesses);
        PatternSyntaxException wrong = Assert.Throws<PatternSyntaxException>(
            () => Pattern.Parse("fail{3} consecutive notfollowedBy success within 10 min", conditions));
        Assert.Contains($"```\n{wrong.Message}\n```", Repository.Read(Path.Combine("docs", "patterns.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Matches_are_out_before_the_watermark_and_taken_back()
    {
        Login[] rows =
        [
            new("ann", false, s_noon), new("ann", false, s_noon.AddSeconds(1)), new("ann", false, s_noon.AddSeconds(3)),
                new("ann", true, s_noon.AddSeconds(4)),
            new("ann", true, s_noon.AddSeconds(2)),
        ];
        Change<Order>[] changes = [Change<Order>.Insert(new("bob", false, s_noon)),
            Change<Order>.Insert(new("bob", true, s_noon.AddMinutes(1))), Change<Order>.Retract(new("bob", true, s_noon.AddMinutes(1)))];
        var early = new List<Change<string>>();
        var bought = new List<Change<string>>();
        var confirmed = new List<string>();
        var pipeline = Pipeline.Create("early");
        Stream<Login> logins = pipeline.Read("logins", Sources.Of(rows))
            .WithEventTime(login => login.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(1)));
        Stream<Change<Order>> orders = pipeline.Read("orders", Sources.Of(changes))
            .WithEventTime(change => change.Row.Time, Watermarks.BoundedOutOfOrderness(TimeSpan.FromMinutes(1)));
        var fail = Pattern.Begin<Login>("fail").Where(l => !l.Succeeded).Times(3).Consecutive();

        #region revisable
        logins.KeyBy(l => l.Account)
              .Match("early-failures", fail.FollowedBy("success", l => l.Succeeded).Within(TimeSpan.FromMinutes(10)))
              .Revisable()
              .ConfirmedTo(m => $"{m.Key}: certain", out Stream<string> certain)
              .Select(m => $"{m.Key}: {m[fail].Count} failures")
              .Write("early", Sinks.ForEach<Change<string>>(early.Add));
        certain.Write("certain", Sinks.ForEach<string>(confirmed.Add));
        #endregion

        #region changes
        orders.KeyBy(change => change.Row.Account)
              .Match("bought", Pattern.Begin<Order>("order").FollowedBy("paid", o => o.IsPaid).Within(TimeSpan.FromHours(1)))
              .Select(m => m.Key)
              .Write("bought-out", Sinks.ForEach<Change<string>>(bought.Add));
        #endregion

        await using Job job = await Job.StartAsync(pipeline, Store.InMemory());
        await job.Completion;

        Assert.Equal([new("ann: 3 failures", 1), new("ann: 3 failures", -1)], early);
        Assert.Empty(confirmed);
        Assert.Equal([new("bob", 1), new("bob", -1)], bought);
    }

    [Fact]
    public async Task A_condition_sees_what_was_matched_so_far()
    {
        Tick[] rows =
        [
            new("x", "open", 0, s_noon), new("x", "trade", 10, s_noon.AddSeconds(1)), new("x", "trade", 20, s_noon.AddSeconds(2)),
                new("x", "close", 16, s_noon.AddSeconds(3)),
        ];
        var found = new List<string>();
        var pipeline = Pipeline.Create("ticks");
        Stream<Tick> ticks = pipeline.Read("ticks", Sources.Of(rows)).WithEventTime(tick => tick.Time, Watermarks.Monotonic());

        #region so-far
        var open = Pattern.Begin<Tick>("open", t => t.Kind == "open");
        var trades = open.FollowedBy("trades", t => t.Kind == "trade").OneOrMore().Greedy();
        var high = trades.FollowedBy("close", t => t.Kind == "close")
                         .Where((close, soFar) => close.Price > soFar[trades].Average(static t => t.Price))
                         .Within(TimeSpan.FromHours(8)).AfterMatch(AfterMatch.SkipPastLast);
        #endregion

        ticks.KeyBy(t => t.Symbol).Match("high", high).Select(m => $"{m.Key}: {m[trades].Count} trades")
            .Write("out", Sinks.ForEach<string>(found.Add));
        await using Job job = await Job.StartAsync(pipeline, Store.InMemory());
        await job.Completion;

        Assert.Equal(["x: 2 trades"], found);
    }

    public sealed record Act(string Account, string Kind, double Amount, DateTimeOffset Time);

    [Fact]
    public async Task Rules_come_change_and_go()
    {
        Act[] rows =
        [
            new("ann", "login", 0, s_noon.AddMinutes(1)), new("ann", "order", 10, s_noon.AddMinutes(2)),
                new("bob", "login", 0, s_noon.AddMinutes(3)),
            new("ann", "order", 20, s_noon.AddMinutes(11)), new("bob", "order", 30, s_noon.AddMinutes(12)),
                new("cid", "login", 0, s_noon.AddMinutes(19)),
            new("cid", "order", 9000, s_noon.AddMinutes(21)),
        ];
        RuleChange[] rules =
        [
            #region rule-changes
            RuleChange.Put("theft", 1, "in where kind = login followedBy out where kind = order and large within 1 h"),
            RuleChange.Put("theft", 2, "in where kind = login followedBy out where kind = order within 2 h"),
            RuleChange.Remove("theft", 3),
            #endregion
        ];
        List<string> found = [], late = [];
        var pipeline = Pipeline.Create("acts");
        Stream<Act> acts = pipeline.Read("acts", Sources.Of(rows)).WithEventTime(act => act.Time, Watermarks.Monotonic());
        Stream<RuleChange> changes = pipeline.Read("changes", Sources.Of(rules))
            .WithEventTime(change => s_noon.AddMinutes((change.Version - 1) * 10), Watermarks.Monotonic());

        #region rules
        var words = new PatternConditions<Act> { { "large", act => act.Amount > 1000 } }.AddProperty("kind", act => act.Kind);

        acts.KeyBy(act => act.Account)
            .Match("rules", changes, words)
            .TimedOutTo(m => $"{m.Rule}: {m.Key} got as far as {m.Stage}", out Stream<string> given)
            .Select(m => $"{m.Rule} {m.Version}: {m.Key}")
            .Write("found", Sinks.ForEach<string>(found.Add));
        #endregion
        given.Write("given", Sinks.ForEach<string>(late.Add));

        await using Job job = await Job.StartAsync(pipeline, Store.InMemory());
        await job.Completion;

        Assert.Equal(["theft 2: ann", "theft 2: bob"], found.Order(StringComparer.Ordinal));
        Assert.Empty(late);
    }
}

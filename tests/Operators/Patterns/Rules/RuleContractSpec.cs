using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns.Rules;

/// <summary>Rows and changes, cut up in every way there is.</summary>
public sealed class RuleContractSpec
{
    public readonly record struct Act(string Account, string Kind, int Number = 0);

    [Fact]
    public void Rules_that_come_change_and_go_hold_in_every_way_to_run()
    {
        var conditions = new PatternConditions<Act> { { "odd", act => act.Number % 2 == 1 } }.AddProperty("kind", act => act.Kind)
            .AddProperty("number", act => act.Number);

        new TwoInputContract<Act, RuleChange, string>((acts, changes) => acts.KeyBy(act => act.Account).Match("rules", changes, conditions)
                .Select(match => $"{match.Rule} {match.Version} {match.Key} {string.Join(' ', match.Rows.Select(row => row.Number))}"))
            .Right(RuleChange.Put("pairs", 1, "a where kind = a followedBy b where kind = b within 1 h"), at: "12:00")
            .Right(RuleChange.Put("silent", 1, "a where kind = a and odd notFollowedBy b where kind = b within 10 min"), at: "12:00")
            .Left(new("ann", "a", 1), at: "12:01").Left(new("bob", "a", 2), at: "12:02")
            .Watermarks("12:03")
            .Left(new("bob", "b", 4), at: "12:05").Left(new("bob", "a", 3), at: "12:04")
            .Right(RuleChange.Put("pairs", 3, "a where kind = a followedBy b where number = 9 within 2 h"), at: "12:30")
            .Right(RuleChange.Put("wrong", 1, "a where"), at: "12:06")
            .Watermarks("12:10")
            .Left(new("ann", "b", 5), at: "12:31").Left(new("cid", "a", 7), at: "12:32")
            .Right(RuleChange.Put("seven", 1, "a where number = 7 skip past last"), at: "12:32")
            .Watermarks("12:40")
            .Left(new("ann", "c", 9), at: "12:41").Left(new("cid", "a", 7), at: "12:42")
            .Right(RuleChange.Remove("pairs", 4), at: "13:00").Right(RuleChange.Remove("silent", 2), at: "12:50")
            .Left(new("cid", "c", 9), at: "13:01").Left(new("dan", "a", 1), at: "12:49")
            .Watermarks("14:00")
            .Holds("""
                silent 1 ann 1
                pairs 1 bob 2 4
                pairs 1 bob 3 4
                seven 1 cid 7
                seven 1 cid 7
                silent 1 cid 7
                pairs 3 ann 1 9
                """);
    }
}

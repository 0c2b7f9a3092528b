using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Rules that come, change and go by event time, each found in the rows of its own time.</summary>
public sealed class ChangingRules : Scenario
{
    private const long Begin = 1_893_456_000_000_000;

    private static readonly PatternConditions<Payment> s_conditions = new()
    {
        { "small", payment => payment.Amount < 300 }, { "large", payment => payment.Amount > 600 },
            { "round", payment => payment.Amount % 10 == 0 },
    };

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<RuleChange> changes = pipeline.Read("changes", world.Source("changes", Changes))
            .WithEventTime(change => Begin + (change.Version * 3_000_000), Watermarks.Monotonic());
        Keyed(pipeline, world, "payments", areKeysPrivate: true)
            .Match("rules", changes, s_conditions)
            .TimedOutTo(timedOut => $"{timedOut.Rule} {timedOut.Key}", out Stream<string> timedOut)
            .Select(match => $"{match.Rule} {match.Version} {match.Key}: {string.Join(' ', match.Rows.Select(payment => payment.Id))}")
            .Write("matches-out", world.Table<string>("matches"));
        timedOut.Write("timed-out", world.Table<string>("timed_out"));
    }

    private static IReadOnlyList<IReadOnlyList<RuleChange>> Changes(SimulationRandom random)
    {
        string[] patterns = ["small followedBy large within 4 s", "large+ next round within 2 s", "small notFollowedBy round within 1 s",
            "round"];
        return [[.. Enumerable.Range(0, 12).Select(version => random.Chance(250)
            ? RuleChange.Remove($"rule{random.Next(3)}", version)
            : RuleChange.Put($"rule{random.Next(3)}", version, random.OneOf(patterns)))]];
    }
}

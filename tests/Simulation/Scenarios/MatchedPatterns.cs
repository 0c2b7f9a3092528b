using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>A pattern with repetition, absence and a limit: partial matches outlive crashes, and nothing matches twice.</summary>
public sealed class MatchedPatterns : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Pattern<Payment, Payment> small = Pattern.Begin<Payment>("small", payment => payment.Amount < 300);
        Pattern<Payment, Payment> large = small.FollowedBy("large", payment => payment.Amount > 600).OneOrMore();
        Pattern<Payment, Payment> quiet = large.NotFollowedBy("refund", payment => payment.Amount % 10 == 0)
            .Within(TimeSpan.FromSeconds(4));
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random, areKeysPrivate: true)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .Match("quiet", quiet)
                .Select(match => $"{match.Key}: {match[small].Last.Id}, {string.Join(' ', match[large].Select(payment => payment.Id))}")
            .Write("out", world.Table<string>("matches"));
    }
}

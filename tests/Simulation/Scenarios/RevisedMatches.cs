using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Matches that are out before they are certain, and taken back by rows that come late or are taken back themselves.</summary>
public sealed class RevisedMatches : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Pattern<Payment, Payment> small = Pattern.Begin<Payment>("small", payment => payment.Amount < 300);
        Pattern<Payment, Payment> pair = small.FollowedBy("large", payment => payment.Amount > 600)
            .NotFollowedBy("refund", payment => payment.Amount % 10 == 0).Within(TimeSpan.FromSeconds(4));
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random, areKeysPrivate: true)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .FlatMap(Revise)
            .KeyBy(change => change.Row.Account)
            .Match("pairs", pair)
            .ConfirmedTo(Text, out Stream<string> confirmed)
            .Select(Text)
            .Settle("matches", world, text => text);
        confirmed.Write("confirmed-out", world.Table<string>("confirmed"));
    }

    /// <summary>Every fourth row is put in, taken back and put in with another amount.</summary>
    private static IEnumerable<Change<Payment>> Revise(Payment payment) => payment.Id % 4 != 0
        ? [Change<Payment>.Insert(payment)]
        : [Change<Payment>.Insert(payment), Change<Payment>.Retract(payment),
            Change<Payment>.Insert(payment with { Amount = 999 - payment.Amount })];

    private static string Text(Match<string, Payment> match) =>
        $"{match.Key}: {string.Join(' ', match.Rows.Select(payment => payment.Id))}";
}

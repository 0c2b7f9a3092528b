using System.Runtime.CompilerServices;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>A call to the outside per payment, some of which fail; the outside remembers what each id stood for.</summary>
public sealed class CalledOut : Scenario
{
    private static readonly ConditionalWeakTable<SimulatedWorld, Dictionary<Guid, int>> s_seen = [];

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Dictionary<Guid, int> seen = s_seen.GetOrCreateValue(world);
        var luck = new Random(7);
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .KeyBy(payment => payment.Account)
            .CallOut(
                "calls",
                async (effect, _) =>
                {
                    await Task.Yield();
                    if (luck.Next(4) == 0)
                        throw new TimeoutException("not now");
                    lock (seen)
                    {
                        if (!seen.TryAdd(effect.Id, effect.Row.Id) && seen[effect.Id] != effect.Row.Id)
                            throw new InvalidOperationException(
                                $"Call {effect.Id} stood for payment {seen[effect.Id]}, and now for {effect.Row.Id}.");
                    }

                    return effect.Row.Amount;
                },
                new()
                {
                    FirstRetry = TimeSpan.FromMilliseconds(50),
                    LastRetry = TimeSpan.FromSeconds(1),
                    MaxAttempts = 200,
                    GiveUp = GiveUp.Fail
                })
            .Map(outcome => (outcome.Effect.Row.Id, outcome.Answer))
            .Write("results", world.Table<(int, long)>("results"));
    }
}

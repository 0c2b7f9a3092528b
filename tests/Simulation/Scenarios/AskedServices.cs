using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Services asked for every row, in order and as answers come; a failing one is a dead letter.</summary>
public sealed class AskedServices : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments");
        var few = new MapAsyncOptions { Capacity = 3 };
        payments.Stream.MapAsync(Ask("no answer in turn"), few, "in-order", ErrorPolicy.Skip).KeyBy(answer => answer.Account)
            .EventSourced<int, string>(
                "numbered", decide: (count, answer) => [$"{answer.Id} {answer.Amount}"], apply: (count, _) => count + 1)
            .Write("ordered-out", world.Table<string>("ordered"));
        payments.Stream.MapAsync(Ask("no answer"), few with { Ordered = false }, "as-they-come", ErrorPolicy.Skip)
            .Map(answer => $"{answer.Id} {answer.Amount}").Write("unordered-out", world.TwoPhase<string>("unordered"));
        payments.LookupJoin("looked-up", LookUpAsync, JoinType.Left,
            new LookupJoinOptions<long> { CacheTimeToLive = TimeSpan.FromSeconds(1), Capacity = 4 })
            .Map(pair => $"{pair.Left.Id} {(pair.HasRight ? pair.Right : null)}").Write("looked-up-out", world.Table<string>("looked_up"));
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        foreach (Payment payment in Payments(seed, "payments"))
        {
            yield return $"looked_up: {payment.Id} {(payment.Account.Length % 2 == 0 ? payment.Account.Length : null)}";
            if (payment.Amount % 23 != 0)
            {
                yield return $"ordered: {payment.Id} {payment.Amount * 2}";
                yield return $"unordered: {payment.Id} {payment.Amount * 2}";
            }
        }
    }

    /// <summary>Each operator with a reason of its own: a row that two refuse for the same reason is one letter, of whichever was
    /// first.</summary>
    private static Func<Payment, CancellationToken, ValueTask<Payment>> Ask(string failure) => async (payment, cancellation) =>
    {
        if (payment.Id % 3 == 0)
            await Task.Yield();
        if (payment.Amount % 23 == 0)
            throw new InvalidOperationException(failure);
        return payment with { Amount = payment.Amount * 2 };
    };

    private static async ValueTask<Lookup<long>> LookUpAsync(string account, CancellationToken cancellation)
    {
        await Task.Yield();
        return account.Length % 2 == 0 ? account.Length : Lookup<long>.None;
    }
}

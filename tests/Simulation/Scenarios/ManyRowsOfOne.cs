using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>
/// Single rows that put out more than an operator sends at once: out of user code, out of a join, out of a pattern, out of a window that
/// fires at every row. A barrier must not pass what is held back of them, nor the rows that wait behind them.
/// </summary>
public sealed class ManyRowsOfOne : Scenario
{
    /// <summary>More than is sent at once: something of the row is held back.</summary>
    private const int Copies = 1100;

    /// <summary>Just what is sent at once: nothing of the row is held back, but rows wait behind it.</summary>
    private const int WholeChunk = 1024;

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        // Few rows, most of which are light; a heavy one meets or makes many at once.
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments", paces: 300);
        payments.Process("copies", () => new Copying()).Write("copies-out", world.Table<string>("copies"));

        KeyedStream<int, Payment> heavy = payments.Stream.Filter(IsHeavy).KeyBy(_ => 0),
            light = payments.Stream.Filter(payment => payment.Id == 1)
            .FlatMap(payment => Enumerable.Range(0, Copies).Select(copy => payment with { Id = copy })).KeyBy(_ => 0);
        heavy.IntervalJoin("pairs", light, Interval.Within(TimeSpan.FromSeconds(15))).Map(pair => $"{pair.Left.Id} {pair.Right.Id}")
            .Write("pairs-out", world.Table<string>("pairs"));

        Pattern<Payment, Payment> any = Pattern.Begin<Payment>("light", payment => !IsHeavy(payment)),
            pattern = any.FollowedByAny("heavy", IsHeavy).Within(TimeSpan.FromSeconds(15));
        heavy.Stream.Union(light.Stream).KeyBy(_ => 0).Match("matches", pattern).Select(match => $"{match.Rows[0].Id} {match.Rows[1].Id}")
            .Write("matches-out", world.TwoPhase<string>("matches"));

        payments.Window("panes", Window.Hopping(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1)))
            .Trigger(Trigger.AfterCount(1).Repeatedly())
            .Retracting().Aggregate(Aggregate.Of<Payment>().Sum(payment => payment.Amount))
                .Settle("panes-net", world, result => $"{result.Key} {result.Window.Start} {result.Result}");
    }

    private static bool IsHeavy(Payment payment) => payment.Amount > 985;

    private sealed class Copying : ProcessFunction<string, Payment, string>
    {
        private readonly ValueState<long> _rows;

        public Copying() => _rows = Value<long>("rows");

        public override void OnRow(in Payment row, ProcessContext<string, string> context)
        {
            _rows.Value++;
            int copies = !IsHeavy(row) ? 1 : row.Id % 2 == 0 ? Copies : WholeChunk;
            for (int copy = 0; copy < copies; copy++)
                context.Emit($"{row.Id} {copy}");
        }
    }
}

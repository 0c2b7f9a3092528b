using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>User code over two inputs, with timers in event time and by the clock: the balance of an account when both have
/// ended.</summary>
public sealed class ConnectedAccounts : Scenario
{
    private const long End = 1_893_500_000_000_000;

    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        Keyed(pipeline, world, "credits").Connect(Keyed(pipeline, world, "debits"))
            .Process("balances", () => new Balances())
            .Write("out", world.Table<string>("balances"));

    public override IEnumerable<string> Model(ulong seed) => Payments(seed, "credits").Select(credit => (credit.Account, credit.Amount))
        .Concat(Payments(seed, "debits").Select(debit => (debit.Account, Amount: -debit.Amount)))
        .GroupBy(row => row.Account).Select(rows => $"balances: {rows.Key} {rows.Sum(row => row.Amount)} of {rows.Count()}");

    private sealed class Balances : CoProcessFunction<string, Payment, Payment, string>
    {
        private readonly ValueState<long> _balance, _rows, _ticks;

        public Balances() => (_balance, _rows, _ticks) = (Value<long>("balance"), Value<long>("rows"), Value<long>("ticks"));

        public override void OnLeft(in Payment row, ProcessContext<string, string> context) => Add(row.Amount, context);

        public override void OnRight(in Payment row, ProcessContext<string, string> context) => Add(-row.Amount, context);

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context)
        {
            if (timer.Time == End)
                context.Emit($"{context.Key} {_balance.Value} of {_rows.Value}");
            else
                _ticks.Value++;      // how often is up to each run
        }

        private void Add(long amount, ProcessContext<string, string> context)
        {
            (_balance.Value, _rows.Value) = (_balance.Value + amount, _rows.Value + 1);
            context.SetTimer(End);
            context.SetProcessingTimer(context.ProcessingTime + 10_000);
        }
    }
}

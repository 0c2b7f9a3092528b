using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Operators of authors' own, in batches: what an account has taken in, by one input; its balance, by two. A row that is odd
/// goes out beside.</summary>
public sealed class OwnOperators : Scenario
{
    private const long End = 1_893_500_000_000_000;

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> credits = Keyed(pipeline, world, "credits");
        ProcessedStream<string> totals = credits.Apply("totals", () => new Totals());
        totals.Write("out-totals", world.Table<string>("totals"));
        totals.SideOutput(Totals.Odd).Write("out-odd", world.Table<int>("odd"));
        credits.Connect(Keyed(pipeline, world, "debits")).Apply("balances", () => new Balances())
            .Write("out-balances", world.Table<string>("balances"));
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        foreach (IGrouping<string, Payment> rows in Payments(seed, "credits").GroupBy(row => row.Account))
            yield return $"totals: {rows.Key} {rows.Sum(row => row.Amount)} of {rows.Count()}";
        foreach (Payment row in Payments(seed, "credits").Where(row => row.Amount % 2 != 0))
            yield return $"odd: {row.Id}";
        foreach (var rows in Payments(seed, "credits").Select(row => (row.Account, row.Amount))
            .Concat(Payments(seed, "debits").Select(row => (row.Account, Amount: -row.Amount))).GroupBy(row => row.Account))
        {
            yield return $"balances: {rows.Key} {rows.Sum(row => row.Amount)}";
        }
    }

    private sealed class Totals : BatchOperator<string, Payment, string>
    {
        public static readonly OutputTag<int> Odd = new("odd");

        private readonly ValueState<long> _total, _rows;

        public Totals() => (_total, _rows) = (Value<long>("total"), Value<long>("rows"));

        public override void OnBatch(KeyedBatch<string, Payment> batch, ProcessContext<string, string> context)
        {
            while (batch.Next(out int at))
            {
                Payment row = batch.Rows[at];
                (_total.Value, _rows.Value) = (_total.Value + row.Amount, _rows.Value + 1);
                context.SetTimer(End);
                if (row.Amount % 2 != 0)
                    context.Emit(Odd, row.Id);
            }
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context) =>
            context.Emit($"{context.Key} {_total.Value} of {_rows.Value}");
    }

    private sealed class Balances : TwoInputBatchOperator<string, Payment, Payment, string>
    {
        private readonly ValueState<long> _balance;

        public Balances() => _balance = Value<long>("balance");

        public override void OnLeft(KeyedBatch<string, Payment> batch, ProcessContext<string, string> context) => Add(batch, 1, context);

        public override void OnRight(KeyedBatch<string, Payment> batch, ProcessContext<string, string> context) => Add(batch, -1, context);

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context) =>
            context.Emit($"{context.Key} {_balance.Value}");

        private void Add(KeyedBatch<string, Payment> batch, int sign, ProcessContext<string, string> context)
        {
            while (batch.Next(out int at))
            {
                _balance.Value += sign * batch.Rows[at].Amount;
                context.SetTimer(End);
            }
        }
    }
}

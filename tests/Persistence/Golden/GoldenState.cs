namespace ActorStreams.Persistence.Tests.Golden;

/// <summary>Jobs with the state of process functions, entities, and what else waits or remembers.</summary>
internal static class GoldenState
{
    private const long Minute = 60_000_000;

    public static void Deduplicated(GoldenGraph graph) =>
        graph.Results(graph.Left.KeyBy(row => (row.Key, row.Kind)).Deduplicate("once", TimeSpan.FromMinutes(9)));

    public static void Ordered(GoldenGraph graph) => graph.Results(graph.Right.OrderByEventTime("order"));

    public static void Process(GoldenGraph graph) => graph.Results(graph.LeftByKey.Process("process", () => new Visits()));

    public static void CoProcess(GoldenGraph graph) =>
        graph.Results(graph.LeftByKey.Connect(graph.RightByKey).Process("process", () => new Balance()));

    public static void EventSourced(GoldenGraph graph) => graph.Results(graph.LeftByKey.EventSourced<Account, Booking>("account",
        (account, row) => account.Sum + row.Value > 400 ? [new Booking(-account.Sum), new Booking(row.Value)] : [new Booking(row.Value)],
        (account, booking) => new Account(account.Sum + booking.Amount, account.Bookings + 1))
        .Map(booking => $"{booking.Amount}"));

    /// <summary>Calls that have not been answered when the job stops are made again, in whatever order.</summary>
    public static void CallOut(GoldenGraph graph) => graph.Results(graph.RightByKey
        .CallOut("call", async (effect, cancellation) =>
        {
            if (effect.Row.Value >= 50)
                await graph.Answered.WaitAsync(cancellation);
            return effect.Row.Value * 2;
        }, new CallOutOptions { Timeout = TimeSpan.FromMinutes(5), Capacity = 1000 })
        .Map(outcome => $"{outcome.Effect.Row} {outcome.IsAcknowledged} {outcome.Answer}"));

    public readonly record struct Account(int Sum, int Bookings);

    public readonly record struct Booking(int Amount);

    private sealed class Visits : ProcessFunction<string, GoldenRow, string>
    {
        private readonly ValueState<long> _due;
        private readonly ListState<int> _values;
        private readonly MapState<string, int> _kinds;

        public Visits()
        {
            _due = Value<long>("due");
            _values = List<int>("values");
            _kinds = Map<string, int>("kinds");
        }

        public override void OnRow(in GoldenRow row, ProcessContext<string, string> context)
        {
            if (_due.Value != 0)
                context.DeleteTimer(_due.Value);
            _due.Value = context.Time + (7 * Minute);
            context.SetTimer(_due.Value);
            _values.Add(row.Value);
            _kinds.Put(row.Kind, (_kinds.TryGet(row.Kind, out int count) ? count : 0) + 1);
            context.Emit($"{context.Key} {GoldenText.Of(_values.Items)}");
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context)
        {
            context.Emit($"silent {context.Key} {_kinds.Entries.Count} {_kinds.Entries.Values.Sum()}");
            _due.Clear();
            _values.Clear();
            _kinds.Clear();
        }
    }

    /// <summary>Both sides only add, so that it does not matter which row comes first.</summary>
    private sealed class Balance : CoProcessFunction<string, GoldenRow, GoldenRow, string>
    {
        private readonly ValueState<long> _left, _right;
        private readonly MapState<long, int> _tens;

        public Balance()
        {
            (_left, _right) = (Value<long>("left"), Value<long>("right", 1000));
            _tens = Map<long, int>("tens");
        }

        public override void OnLeft(in GoldenRow row, ProcessContext<string, string> context)
        {
            _left.Value += row.Value;
            context.SetTimer((context.Time / (20 * Minute) * 20 * Minute) + (40 * Minute));
        }

        public override void OnRight(in GoldenRow row, ProcessContext<string, string> context)
        {
            _right.Value += row.Value;
            _tens.Put(row.Value / 10, 1);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context) =>
            context.Emit($"{context.Key} {timer.Time / Minute % 60}{(timer.Time < GoldenRow.Left[^1].Time ? "" : Sums())}");

        /// <summary>The same in every run once all rows are there.</summary>
        private string Sums() => $" {_left.Value} {_right.Value} {_tens.Entries.Count}";
    }
}

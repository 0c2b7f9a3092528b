using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Many late rows, judged by the operator: which of them are late is up to each run, but a window that has given its result stays
/// closed, also after a restart.</summary>
public sealed class ClosedOnce : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<Payment> payments = pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder / 10));
        KeyedStream<string, Payment> keyed = payments.KeyBy(payment => payment.Account);
        var count = Aggregate.Of<Payment>().Count();
        Tell("tumbling", keyed.Window("tumbling", Window.Tumbling(TimeSpan.FromSeconds(2))).LateTo(out Stream<Payment> lateTumbling)
            .Aggregate(count), lateTumbling);
        Tell("hopping", keyed.Window("hopping", Window.Hopping(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1))).DropLate()
            .Aggregate(count), null);
        Tell("panes", keyed.Window("panes", Window.Cumulate(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1))).DropLate().Aggregate(count),
            null);

        void Tell(string name, Stream<WindowResult<string, long>> results, Stream<Payment>? late)
        {
            results.KeyBy(result => (result.Key, result.Window.Start, result.Window.End)).Process($"{name}-again", () => new Again())
                .Write($"{name}-again-out", world.Table<string>($"{name}_again"));
            if (late is null)
                return;
            results.Map(result => result.Result).Union(late.Map(_ => 1L)).KeyBy(_ => 0).Window($"{name}-rows", Window.Global())
                .Aggregate(Aggregate.Of<long>().Sum(rows => rows))
                .Map(rows => rows.Result).Write($"{name}-rows-out", world.TwoPhase<long>($"{name}_rows"));
        }
    }

    public override IEnumerable<string> Model(ulong seed) => [$"tumbling_rows: {Payments(seed, "payments").Count}"];

    /// <summary>Tells of each result of a window that has given one before.</summary>
    private sealed class Again : ProcessFunction<(string Key, long Start, long End), WindowResult<string, long>, string>
    {
        private readonly ValueState<bool> _isTold;

        public Again() => _isTold = Value<bool>("told");

        public override void OnRow(in WindowResult<string, long> row, ProcessContext<(string Key, long Start, long End), string> context)
        {
            if (_isTold.Value)
                context.Emit($"{row.Key} {row.Window} again");
            _isTold.Value = true;
        }
    }
}

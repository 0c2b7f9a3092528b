using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>User code with a value, a list, a map and event-time timers: one summary per account and span of event time.</summary>
public sealed class SpanSummaries : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .Process("summaries", () => new Summaries())
            .Write("out", world.Table<string>("summaries"));

    private sealed class Summaries : ProcessFunction<string, Payment, string>
    {
        private const long Span = 7_000_000;

        private readonly MapState<long, long> _totals;
        private readonly ListState<long> _times;
        private readonly ValueState<long> _fired;

        public Summaries() => (_totals, _times, _fired) = (Map<long, long>("totals"), List<long>("times"), Value<long>("fired"));

        public override void OnRow(in Payment row, ProcessContext<string, string> context)
        {
            long end = (EventTime.FloorDiv(row.Time, Span) * Span) + Span;
            _totals.Put(end, (_totals.TryGet(end, out long total) ? total : 0) + row.Amount);
            _times.Add(row.Time);
            context.SetTimer(end);
        }

        public override void OnTimer(TimerFiring timer, ProcessContext<string, string> context)
        {
            // Rows of later spans may be there already: only what the watermark vouches for is told.
            _fired.Value++;
            int rows = _times.Items.Count(time => time < timer.Time);
            context.Emit(
                $"{context.Key} {timer.Time}: {rows} rows, {(_totals.TryGet(timer.Time, out long total) ? total : -1)}, timer {_fired.Value}");
            _totals.Remove(timer.Time);
            _times.Replace([.. _times.Items.Where(time => time >= timer.Time)]);
        }
    }
}

using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Windows of every other kind: over all rows, by count, growing, by the calendar, by the clock.</summary>
public sealed class WindowKinds : Scenario
{
    private const int Rows = 4;

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments", areKeysPrivate: true);
        var total = Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount);
        payments.Stream.WindowAll("all", Window.Hopping(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5))).Aggregate(total)
            .Map(result => $"{result.Window.Start} {result.Result}").Write("all-out", world.Table<string>("all"));
        payments.Window("by-count", Window.Count(Rows)).Aggregate(total).Map(result => $"{result.Key} {result.Result}")
            .Write("by-count-out", world.Table<string>("by_count"));
        payments.Window("sliding-count", Window.Count(Rows, 2)).Aggregate(total).Map(result => $"{result.Key} {result.Result}")
            .Write("sliding-count-out", world.TwoPhase<string>("sliding"));
        payments.Window("processed", Window.Count(Rows))
            .Process(pane => (string[])[$"{pane.Key} {string.Join('+', pane.Rows.Select(payment => payment.Id))}"])
            .Write("processed-out", world.Table<string>("processed"));
        payments.Window("growing", Window.Cumulate(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(3))).Aggregate(total)
            .Write("growing-out", world.Table<WindowResult<string, (long, long)>>("growing"));
        payments.Window("days", Window.Day(TimeZoneInfo.Utc)).Aggregate(total).Map(result => $"{result.Key} {result.Result}")
            .Write("days-out", world.Table<string>("days"));
        payments.Window("weeks", Window.Week(TimeZoneInfo.Utc)).Aggregate(total).KeyBy(result => result.Key.Length)
            .Window("months", Window.Month(TimeZoneInfo.Utc))
            .Aggregate(Aggregate.Of<WindowResult<string, (long, long Sum)>>().Sum(result => result.Result.Sum))
                .Map(result => $"{result.Key} {result.Result}")
            .Write("months-out", world.TwoPhase<string>("months"));
        payments.Over("rows", Frames.Rows(Rows)).Aggregate(total).Map(result => $"{result.Row.Id} {result.Result}")
            .Write("rows-out", world.Table<string>("rows"));

        // Into which of them a row falls is up to each run; what they hold together is not.
        payments.Window("by-clock", Window.Tumbling(TimeSpan.FromMilliseconds(100)).InProcessingTime())
            .Trigger(Trigger.AfterWindowProcessingTime).Aggregate(total)
            .KeyBy(result => result.Key).Window("together", Window.Global())
                .Aggregate(Aggregate.Of<WindowResult<string, (long, long Sum)>>().Sum(result => result.Result.Sum))
            .Map(result => $"{result.Key} {result.Result}").Write("by-clock-out", world.Table<string>("by_clock"));
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        IReadOnlyList<Payment> payments = Payments(seed, "payments", areKeysPrivate: true);
        foreach (var account in payments.GroupBy(payment => payment.Account))
        {
            yield return $"by_clock: {account.Key} {account.Sum(payment => payment.Amount)}";
            foreach (Payment[] rows in account.Chunk(Rows))
            {
                yield return $"by_count: {account.Key} ({rows.Length}, {rows.Sum(payment => payment.Amount)})";
                yield return $"processed: {account.Key} {string.Join('+', rows.Select(payment => payment.Id))}";
            }

            foreach (var day in account.GroupBy(payment => EventTime.FloorDiv(payment.Time, 86_400_000_000)))
                yield return $"days: {account.Key} ({day.Count()}, {day.Sum(payment => payment.Amount)})";
        }

        const long Slide = 5_000_000;
        foreach (var window in payments.SelectMany(payment => new[] { 0, Slide },
            (payment, back) => (Start: (EventTime.FloorDiv(payment.Time, Slide) * Slide) - back, payment.Amount)).GroupBy(row => row.Start))
            yield return $"all: {window.Key} ({window.Count()}, {window.Sum(row => row.Amount)})";
    }
}

using ActorStreams.Authoring;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Panes before the window is complete: by rows, by event time, by the clock; what they take back and put in its place
/// settles.</summary>
public sealed class EarlyPanes : Scenario
{
    private static readonly TimeSpan s_size = TimeSpan.FromSeconds(10);

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments", areKeysPrivate: true);
        var total = Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount);
        payments.Window("by-rows", Window.Tumbling(s_size)).Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(3))).Accumulating()
            .Aggregate(total)
            .Map(Text).Write("by-rows-out", world.Table<string>("by_rows"));
        payments.Window("parts", Window.Session(TimeSpan.FromSeconds(2))).Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(2)))
            .Discarding().Aggregate(total)
            .KeyBy(result => result.Key).Window("parts-together", Window.Global())
                .Aggregate(Aggregate.Of<WindowResult<string, (long, long Sum)>>().Sum(result => result.Result.Sum))
            .Map(result => $"{result.Key} {result.Result}").Write("parts-out", world.Table<string>("parts"));
        payments.Window("revised", Window.Hopping(s_size, s_size / 2))
            .Trigger(Trigger.AfterWatermark(
                early: Trigger.AfterFirst(
                [Trigger.AfterCount(1).Repeatedly(), Trigger.ContinuousEventTime(TimeSpan.FromSeconds(1))])))
            .Retracting().Aggregate(total).Settle("revised-net", world, Content);
        payments.Window("by-clock", Window.Tumbling(s_size))
            .Trigger(Trigger.AfterWatermark(early: Trigger.ContinuousProcessingTime(TimeSpan.FromMilliseconds(30))))
            .AllowedLateness(TimeSpan.FromSeconds(2)).Retracting().Aggregate(total).Settle("by-clock-net", world, Content);
        payments.Window("mixed", Window.Global())
            .Trigger(Trigger.AfterEach(
                [Trigger.AfterCount(3),
                Trigger.AfterAll([Trigger.AfterCount(2), Trigger.AfterProcessingTime(TimeSpan.FromMilliseconds(20))])])
                .Repeatedly().OrFinally(Trigger.AtExpiry))
            .Retracting().Aggregate(total).Settle("mixed-net", world, result => $"{result.Key} {result.Result}");
        payments.Window("at-expiry", Window.Tumbling(s_size)).AllowedLateness(TimeSpan.FromSeconds(2)).Trigger(Trigger.Default)
            .EmitOnClose().DropLate().Aggregate(total)
            .Map(result => Content(result)).Write("at-expiry-out", world.TwoPhase<string>("at_expiry"));
    }

    public override IEnumerable<string> Model(ulong seed)
    {
        IReadOnlyList<Payment> payments = Payments(seed, "payments", areKeysPrivate: true);
        foreach (var account in payments.GroupBy(payment => payment.Account))
            yield return $"parts: {account.Key} {account.Sum(payment => payment.Amount)}";

        long size = s_size.ToMicros(), slide = size / 2;
        foreach (string text in Windowed(payments, size, [0]))
        {
            yield return $"by_clock_net: {text}";
            yield return $"at_expiry: {text}";
        }

        foreach (string text in Windowed(payments, slide, [0, slide]))
            yield return $"revised_net: {text}";
    }

    private static IEnumerable<string> Windowed(IReadOnlyList<Payment> payments, long slide, long[] back) => payments
        .SelectMany(payment => back,
            (payment, before) => (payment.Account, Start: (EventTime.FloorDiv(payment.Time, slide) * slide) - before, payment.Amount))
        .GroupBy(row => (row.Account, row.Start))
            .Select(window => $"{window.Key.Account} {window.Key.Start} ({window.Count()}, {window.Sum(row => row.Amount)})");

    private static string Text(WindowResult<string, (long, long)> result) => $"{Content(result)} {result.Pane.Index} {result.Pane.Timing}";

    private static string Content(WindowResult<string, (long, long)> result) => $"{result.Key} {result.Window.Start} {result.Result}";
}

using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Stateless;
using ActorStreams.Operators.Triggers;
using ActorStreams.Operators.Windows;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Panes before the window is complete: by rows, by event time, by the clock; what they take back and put in its place settles.</summary>
public sealed class EarlyPanes : Scenario
{
    private static readonly TimeSpan s_size = TimeSpan.FromSeconds(10);

    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        KeyedStream<string, Payment> payments = Keyed(pipeline, world, "payments", areKeysPrivate: true);
        var total = Aggregates.Of<Payment>().Count().Sum(payment => payment.Amount);
        payments.Window("by-rows", Windows.Tumbling(s_size)).Trigger(Triggers.AfterWatermark(early: Triggers.AfterCount(3))).Accumulating().Aggregate(total)
            .Map(Text).Write("by-rows-out", world.Table<string>("by_rows"));
        payments.Window("parts", Windows.Session(TimeSpan.FromSeconds(2))).Trigger(Triggers.AfterWatermark(early: Triggers.AfterCount(2))).Discarding().Aggregate(total)
            .KeyBy(result => result.Key).Window("parts-together", Windows.Global()).Aggregate(Aggregates.Of<WindowResult<string, (long, long Sum)>>().Sum(result => result.Result.Sum))
            .Map(result => $"{result.Key} {result.Result}").Write("parts-out", world.Table<string>("parts"));
        payments.Window("revised", Windows.Hopping(s_size, s_size / 2))
            .Trigger(Triggers.AfterWatermark(early: Triggers.AfterFirst([Triggers.Repeatedly(Triggers.AfterCount(1)), Triggers.ContinuousEventTime(TimeSpan.FromSeconds(1))])))
            .Retracting().Aggregate(total).Settle("revised-net", world, Content);
        payments.Window("by-clock", Windows.Tumbling(s_size)).Trigger(Triggers.AfterWatermark(early: Triggers.ContinuousProcessingTime(TimeSpan.FromMilliseconds(30))))
            .AllowedLateness(TimeSpan.FromSeconds(2)).Retracting().Aggregate(total).Settle("by-clock-net", world, Content);
        payments.Window("mixed", Windows.Global())
            .Trigger(Triggers.OrFinally(Triggers.Repeatedly(Triggers.AfterEach([Triggers.AfterCount(3), Triggers.AfterAll([Triggers.AfterCount(2), Triggers.AfterProcessingTime(TimeSpan.FromMilliseconds(20))])])), Triggers.AtExpiry))
            .Retracting().Aggregate(total).Settle("mixed-net", world, result => $"{result.Key} {result.Result}");
        payments.Window("at-expiry", Windows.Tumbling(s_size)).AllowedLateness(TimeSpan.FromSeconds(2)).Trigger(Triggers.Default).EmitOnClose().DropLate().Aggregate(total)
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
        .SelectMany(payment => back, (payment, before) => (payment.Account, Start: (EventTime.FloorDiv(payment.Time, slide) * slide) - before, payment.Amount))
        .GroupBy(row => (row.Account, row.Start)).Select(window => $"{window.Key.Account} {window.Key.Start} ({window.Count()}, {window.Sum(row => row.Amount)})");

    private static string Text(WindowResult<string, (long, long)> result) => $"{Content(result)} {result.Pane.Index} {result.Pane.Timing}";

    private static string Content(WindowResult<string, (long, long)> result) => $"{result.Key} {result.Window.Start} {result.Result}";
}

using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Many late rows, judged by the watermark of their own partition: results, late rows and dead letters do not depend on how
/// partitions interleave.</summary>
public sealed class LateBySource : Scenario
{
    /// <summary>A fifth of what it would take to have no row late.</summary>
    private static readonly TimeSpan s_bound = Payment.Disorder / 5;

    public override void Build(Pipeline pipeline, SimulatedWorld world) => Build(pipeline, world, Lateness.BySource);

    /// <summary>The same pipeline, judged as said.</summary>
    public static void Build(Pipeline pipeline, SimulatedWorld world, Lateness lateness)
    {
        Stream<Payment> payments = Read(pipeline, world, "payments", Watermarks.BoundedOutOfOrderness(s_bound))
            .Filter(payment => payment.Amount % 10 != 0)
            .FlatMap(payment => Enumerable.Repeat(payment, 1 + (payment.Id % 2)))
                .Map(payment => payment with { Amount = payment.Amount + 1 });
        (Stream<Payment> even, Stream<Payment> odd) = payments.Branch(payment => payment.Amount % 2 == 0);
        KeyedStream<string, Payment> keyed = odd.Union(even,
            Read(pipeline, world, "others",
            Watermarks.Adaptive(0.9, new AdaptiveOptions { WarmUpRows = 10, MaximumDelay = Payment.Disorder })))
            .KeyBy(payment => payment.Account);
        var total = Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount);

        Stream<WindowResult<string, (long, long)>> totals = keyed.Window("tumbling", Window.Tumbling(TimeSpan.FromSeconds(3)))
            .Lateness(lateness)
            .LateTo(out Stream<Payment> late).Aggregate(total);
        totals.Write("tumbling-out", world.Table<WindowResult<string, (long, long)>>("tumbling"));
        totals.KeyBy(result => result.Result.Item1 % 3).Window("groups", Window.Tumbling(TimeSpan.FromSeconds(9))).Lateness(lateness)
            .Aggregate(Aggregate.Of<WindowResult<string, (long, long)>>().Count().Sum(result => result.Result.Item2))
            .Write("groups-out", world.Table<WindowResult<long, (long, long)>>("groups"));
        late.Write("late-out", world.Table<Payment>("late"));
        late.KeyBy(payment => payment.Account).Window("corrections", Window.Tumbling(TimeSpan.FromSeconds(3))).Lateness(lateness)
            .AllowedLateness(TimeSpan.FromSeconds(2)).EmitOnClose().Aggregate(total).Map(Content)
            .Write("corrections-out", world.Table<WindowResult<string, (long, long)>>("corrections"));

        keyed.Window("hopping", Window.Hopping(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(2))).Lateness(lateness).Aggregate(total)
            .Write("hopping-out", world.TwoPhase<WindowResult<string, (long, long)>>("hopping"));
        keyed.Window("sessions", Window.Session(TimeSpan.FromSeconds(2))).Lateness(lateness).LateTo(out Stream<Payment> missed)
            .Aggregate(total)
            .Write("sessions-out", world.Table<WindowResult<string, (long, long)>>("sessions"));
        missed.Write("missed-out", world.Table<Payment>("missed"));
        keyed.Over("over", Frames.Range(TimeSpan.FromSeconds(2))).Lateness(lateness).LateTo(out Stream<Payment> passed).Aggregate(total)
            .Write("over-out", world.Table<OverResult<Payment, (long, long)>>("over"));
        passed.Write("passed-out", world.Table<Payment>("passed"));
        keyed.Window("final-sessions", Window.Session(TimeSpan.FromSeconds(1))).AllowedLateness(TimeSpan.FromSeconds(2)).EmitOnClose()
            .Lateness(lateness).DropLate()
            .Aggregate(total).Map(Content).Write("final-sessions-out", world.Table<WindowResult<string, (long, long)>>("final_sessions"));
    }

    /// <summary>Without the pane: whether the watermark completes a window and closes it in one step depends on how it moves.</summary>
    private static WindowResult<string, (long, long)> Content(WindowResult<string, (long, long)> result) =>
        new(result.Key, result.Window, result.Result);

    private static Stream<Payment> Read(Pipeline pipeline, SimulatedWorld world, string name, WatermarkStrategy watermarks) => pipeline
        .Read(name, world.Source(name, random => Payment.Partitions(random)))
        .WithEventTime(payment => payment.Time, watermarks);
}

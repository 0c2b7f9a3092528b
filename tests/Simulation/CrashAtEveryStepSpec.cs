using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>One small job, crashed at every step there is.</summary>
public sealed class CrashAtEveryStepSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_step_the_results_are_the_same(ulong seed)
    {
        long steps = TestKit.Simulation.Run(seed, Build, new SimulationOptions { CrashAtStep = long.MaxValue }).Steps;

        Assert.InRange(steps, 30, 5000);
        for (long step = 0; step <= steps; step++)
        {
            SimulationReport report = TestKit.Simulation.Run(seed, Build, new SimulationOptions { CrashAtStep = step });
            Assert.True(report.Faults.GetValueOrDefault(FaultKind.Crash) == 1 || step == steps, $"No crash at step {step} of {steps}.");
        }
    }

    private static void Build(Pipeline pipeline, SimulatedWorld world) =>
        pipeline.Read("payments", world.Source("payments", Payments))
            .WithEventTime(payment => payment.Time, Watermarks.BoundedOutOfOrderness(Payment.Disorder))
            .KeyBy(payment => payment.Account)
            .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(10)))
            .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
            .Write("results", world.TwoPhase<WindowResult<string, (long, long)>>("results"));

    private static IReadOnlyList<IReadOnlyList<Payment>> Payments(SimulationRandom random) =>
        [.. Payment.Partitions(random).Take(2).Select(rows => rows.Take(20).ToArray())];
}

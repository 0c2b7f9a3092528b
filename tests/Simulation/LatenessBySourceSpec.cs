using ActorStreams.Simulation.Tests.Scenarios;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>Rows late by their own partition are late in every run; rows late by what all partitions have reached are late in
/// some.</summary>
public sealed class LatenessBySourceSpec
{
    private static readonly ulong s_seeds = ulong.Parse(Environment.GetEnvironmentVariable("ACTORSTREAMS_LATENESS_SEEDS") ?? "12",
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>1: a crash at each step; it takes minutes.</summary>
    private static readonly long s_every = long.Parse(Environment.GetEnvironmentVariable("ACTORSTREAMS_LATENESS_EVERY") ?? "3",
        System.Globalization.CultureInfo.InvariantCulture);

    private static readonly SimulationOptions s_few = new() { MinFaults = 4, MaxFaults = 12 };

    [Fact]
    public void Judged_by_source_every_run_of_an_input_gives_the_same()
    {
        for (ulong seed = 1; seed <= s_seeds; seed++)
            TestKit.Simulation.Run(seed, (pipeline, world) => LateBySource.Build(pipeline, world, Lateness.BySource), s_few);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Wherever_it_crashes_the_same_rows_are_late(ulong seed)
    {
        long steps = TestKit.Simulation.Run(seed, Small, new SimulationOptions { CrashAtStep = long.MaxValue }).Steps;
        for (long step = (long)seed % s_every; step <= steps; step += s_every)
            TestKit.Simulation.Run(seed, Small, new SimulationOptions { CrashAtStep = step });

        static void Small(Pipeline pipeline, SimulatedWorld world) =>
            pipeline.Read("payments",
                world.Source<Payment>("payments",
                random => [.. Payment.Partitions(random, paces: 300).Take(2).Select(rows => rows.Take(20).ToArray())]))
                .WithEventTime(payment => payment.Time, Watermarks.Monotonic()).KeyBy(payment => payment.Account)
                .Window("totals", Window.Tumbling(TimeSpan.FromSeconds(1))).Lateness(Lateness.BySource)
                .Aggregate(Aggregate.Of<Payment>().Count().Sum(payment => payment.Amount))
                .Write("results", world.TwoPhase<WindowResult<string, (long, long)>>("results"));
    }

    [Fact]
    public void Judged_by_the_operator_some_run_gives_something_else()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            try
            {
                TestKit.Simulation.Run(seed, (pipeline, world) => LateBySource.Build(pipeline, world, Lateness.ByOperator), s_few);
            }
            catch (SimulationException)
            {
                return;
            }
        }

        Assert.Fail("No seed showed a difference: the input has too few late rows to prove anything.");
    }
}

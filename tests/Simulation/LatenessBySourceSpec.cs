using ActorStreams.Operators.Windows;
using ActorStreams.Simulation.Tests.Scenarios;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>Rows late by their own partition are late in every run; rows late by what all partitions have reached are late in some.</summary>
public sealed class LatenessBySourceSpec
{
    private static readonly ulong s_seeds = ulong.Parse(Environment.GetEnvironmentVariable("ACTORSTREAMS_LATENESS_SEEDS") ?? "40", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly SimulationOptions s_few = new() { MinFaults = 4, MaxFaults = 12 };

    [Fact]
    public void Judged_by_source_every_run_of_an_input_gives_the_same()
    {
        for (ulong seed = 1; seed <= s_seeds; seed++)
            TestKit.Simulation.Run(seed, (pipeline, world) => LateBySource.Build(pipeline, world, Lateness.BySource), s_few);
    }

    [Fact]
    public void Judged_by_the_operator_some_run_gives_something_else()
    {
        for (ulong seed = 1; seed <= s_seeds; seed++)
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

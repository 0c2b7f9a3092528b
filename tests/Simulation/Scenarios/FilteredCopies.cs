using ActorStreams.Operators.Stateless;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests.Scenarios;

/// <summary>Nothing but stateless operators between a source and two sinks, one transactional, one in two phases.</summary>
public sealed class FilteredCopies : Scenario
{
    public override void Build(Pipeline pipeline, SimulatedWorld world)
    {
        Stream<Payment> large = pipeline
            .Read("payments", world.Source("payments", random => Payment.Partitions(random)))
            .Filter(payment => payment.Amount >= 200);
        large.Map(payment => payment.Id * 2).Write("doubled", world.Table<int>("doubled"));
        large.Map(payment => payment.Id).Write("ids", world.TwoPhase<int>("ids"));
        large.Loop<Payment, int>(EvenIds).Write("even", world.Table<int>("even"));
    }

    /// <summary>As SQL compiles one: what is kept, and where it was.</summary>
    private static void EvenIds(ReadOnlySpan<Payment> rows, Span<int> output, Span<int> kept, ref int row, ref int count)
    {
        for (; row < rows.Length; row++)
        {
            if (rows[row].Id % 2 != 0)
                continue;
            output[count] = rows[row].Id;
            kept[count++] = row;
        }
    }
}

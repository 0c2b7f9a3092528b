using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>What changes come to in the end, whatever came and went on the way.</summary>
internal static class Settled
{
    /// <summary>Writes the rows that are left of all changes into a table, as often as they are left.</summary>
    /// <param name="changes">The changes.</param>
    /// <param name="name">Of the sink; in the table's name, dashes are underscores.</param>
    /// <param name="world">Where the table is.</param>
    /// <param name="text">A row as it is written.</param>
    public static void Settle<T>(this Stream<Change<T>> changes, string name, SimulatedWorld world, Func<T, string> text) => changes
        .Map(change => (Row: text(change.Row), Weight: (long)change.Weight))
        .KeyBy(change => change.Row)
        .Window($"{name}-settled", Window.Global())
        .Aggregate(Aggregate.Of<(string Row, long Weight)>().Sum(change => change.Weight))
        .Filter(row => row.Result != 0)
        .Map(row => row.Result == 1 ? row.Key : $"{row.Key}, {row.Result} times")
        .Write($"{name}-out", world.Table<string>(name.Replace('-', '_')));
}

using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>Adds rows to accumulators: a struct, so that the loop over the map is compiled for the aggregate.</summary>
internal struct AggregateFold<T, TAgg, TAcc, TOut>(TAgg aggregator) : IFold<TAcc, T>
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    private TAgg _aggregator = aggregator;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ref TAcc state, in T row) => _aggregator.Add(ref state, row);
}

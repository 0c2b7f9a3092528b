using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Windows.Slices;

/// <summary>The accumulators of keys, and how rows are added to them.</summary>
/// <param name="aggregator">The aggregate.</param>
/// <param name="errors">What becomes of a row on which it throws.</param>
internal sealed class Accumulators<TKey, T, TAgg, TAcc, TOut>(TAgg aggregator, OperatorErrors errors)
    where TAgg : struct, IAggregator<T, TAcc, TOut>
{
    /// <summary>Adds all rows of a chunk; there must be room in the map for as many keys. An error ends the job.</summary>
    public void Add(StateMap<TKey, TAcc> map, in Chunk<T> chunk, Func<T, TKey> keyOf)
    {
        int at = 0;
        try
        {
            map.Fold(chunk.Rows, keyOf, new AggregateFold<T, TAgg, TAcc, TOut>(aggregator), ref at);
        }
        catch (Exception error)
        {
            errors.OnRow(error, chunk.Rows[at], chunk.Times[at], chunk.PositionOf(at));
        }
    }

    /// <summary>The same for the rows from <paramref name="start"/> to before <paramref name="end"/>, whose keys are known.</summary>
    public void Add(StateMap<TKey, TAcc> map, in Chunk<T> chunk, TKey[] keys, ulong[] hashes, int start, int end)
    {
        int at = 0;
        try
        {
            map.Fold(keys.AsSpan(start, end - start), hashes.AsSpan(start, end - start), chunk.Rows[start..end],
                new AggregateFold<T, TAgg, TAcc, TOut>(aggregator), ref at);
        }
        catch (Exception error)
        {
            at += start;
            errors.OnRow(error, chunk.Rows[at], chunk.Times[at], chunk.PositionOf(at));
        }
    }

    /// <summary>Adds one row to a copy of its accumulator: a row that throws, and is skipped, leaves no trace.</summary>
    /// <returns>Whether it was added; false if it is skipped.</returns>
    public bool TryAdd(ref TAcc copy, in Chunk<T> chunk, int row)
    {
        try
        {
            if (RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>() && errors.Skips)
                aggregator.Check(copy, chunk.Rows[row]);
            aggregator.Add(ref copy, chunk.Rows[row]);
            return true;
        }
        catch (Exception error)
        {
            errors.OnRow(error, chunk.Rows[row], chunk.Times[row], chunk.PositionOf(row));
            return false;
        }
    }
}

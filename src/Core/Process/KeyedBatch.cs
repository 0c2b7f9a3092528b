using System.Runtime.InteropServices;
using ActorStreams.Core.Process;

namespace ActorStreams.Authoring;

/// <summary>Rows that reach an operator of one's own together, with their keys and event times; valid during the call.</summary>
/// <remarks>
/// All rows may be looked at at any time. <see cref="Next"/> takes them one by one: from then on states, timers and output belong to the
/// row's key, and
/// what is done is taken back if the row's code throws and the error policy skips it. When output is full it says that there is no
/// further row; the
/// rows that were not taken come again, in the next call.
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct KeyedBatch<TKey, T>
{
    private readonly Chunk<T> _chunk;
    private readonly ReadOnlySpan<ulong> _hashes;
    private readonly IBatchCursor<TKey> _cursor;

    internal KeyedBatch(in Chunk<T> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, IBatchCursor<TKey> cursor)
    {
        _chunk = chunk;
        Keys = keys;
        _hashes = hashes;
        _cursor = cursor;
    }

    /// <summary>The rows.</summary>
    public ReadOnlySpan<T> Rows => _chunk.Rows;

    /// <summary>The key of each row.</summary>
    public ReadOnlySpan<TKey> Keys { get; }

    /// <summary>The event time of each row, in microseconds.</summary>
    public ReadOnlySpan<long> Times => _chunk.Times;

    /// <summary>How many rows there are.</summary>
    public int Count => _chunk.Count;

    /// <summary>Takes the next row.</summary>
    /// <param name="row">Its index in <see cref="Rows"/>.</param>
    /// <returns>False: all rows are taken, or output is full and the others come again. Return from the call then.</returns>
    public bool Next(out int row)
    {
        row = _cursor.Taken;
        if (row >= Count || !_cursor.MayGoOn)
            return false;
        _cursor.Take(Keys[row], _hashes[row], _chunk.Times[row], _chunk.PositionOf(row));
        return true;
    }
}

using ActorStreams.Core.Exchange;

namespace ActorStreams.Core.Regions;

/// <summary>An operator with two inputs that runs on each row by itself; what a row has put out is taken back if its user code
/// throws.</summary>
/// <param name="site">Where it runs.</param>
/// <param name="output">Takes what it puts out.</param>
/// <param name="beside">Further outputs.</param>
internal abstract class RowByRowTwoInputOperator<TKey, TLeft, TRight, TOut>(
    TwoInputSite<TKey, TLeft, TRight> site, Receiver<TOut> output, params RowOutput[] beside)
    : TwoInputOperator<TKey, TLeft, TRight, TOut>(site, output, beside)
{
    /// <summary>Takes a row of the left input.</summary>
    protected abstract void OnLeft(in TLeft row, TKey key, ulong hash, long time);

    /// <summary>Takes a row of the right input.</summary>
    protected abstract void OnRight(in TRight row, TKey key, ulong hash, long time);

    protected override void OnLeftRows(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        for (; row < chunk.Count && !IsOutputFull; row++)
        {
            BeginRow();
            OnLeft(chunk.Rows[row], keys[row], hashes[row], chunk.Times[row]);
        }
    }

    protected override void OnRightRows(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row)
    {
        for (; row < chunk.Count && !IsOutputFull; row++)
        {
            BeginRow();
            OnRight(chunk.Rows[row], keys[row], hashes[row], chunk.Times[row]);
        }
    }
}

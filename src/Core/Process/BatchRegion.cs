using System.Diagnostics;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>One region of an operator of the user's own, which is called with the rows that have come together.</summary>
internal sealed class BatchRegion<TKey, TIn, TOut> : UserCodeRegion<TKey, TIn, TOut>
{
    private readonly BatchCursor<TKey, TOut> _cursor;
    private readonly BatchCall<TKey, TIn, TOut> _onBatch;

    public BatchRegion(
        RegionSite<TKey, TIn> site, Receiver<TOut> output, BatchOperator<TKey, TIn, TOut> own, UserCodeInstance<TKey> code)
        : base(site, output, code, own.OnTimer)
    {
        _onBatch = own.OnBatch;
        _cursor = new BatchCursor<TKey, TOut>(Calls, OperatorName, () => !IsOutputFull, BeginRow);
    }

    protected override void OnRows(in Chunk<TIn> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        _cursor.Run(chunk, keys, hashes, ref row, _onBatch);

    protected override void OnRow(in TIn row, TKey key, ulong hash, long time) =>
        throw new UnreachableException("It takes rows in batches.");
}

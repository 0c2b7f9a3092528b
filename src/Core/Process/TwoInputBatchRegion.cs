using System.Diagnostics;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>One region of an operator of the user's own with two inputs, which is called with the rows that have come together.</summary>
internal sealed class TwoInputBatchRegion<TKey, TLeft, TRight, TOut> : TwoInputUserCodeRegion<TKey, TLeft, TRight, TOut>
{
    private readonly BatchCursor<TKey, TOut> _cursor;
    private readonly BatchCall<TKey, TLeft, TOut> _onLeft;
    private readonly BatchCall<TKey, TRight, TOut> _onRight;

    public TwoInputBatchRegion(TwoInputSite<TKey, TLeft, TRight> site, Receiver<TOut> output,
        TwoInputBatchOperator<TKey, TLeft, TRight, TOut> own, UserCodeInstance<TKey> code)
        : base(site, output, code, own.OnTimer)
    {
        (_onLeft, _onRight) = (own.OnLeft, own.OnRight);
        _cursor = new BatchCursor<TKey, TOut>(Calls, OperatorName, () => !IsOutputFull, _ => BeginRow());
    }

    protected override void OnLeftRows(in Chunk<TLeft> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        _cursor.Run(chunk, keys, hashes, ref row, _onLeft);

    protected override void OnRightRows(in Chunk<TRight> chunk, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ref int row) =>
        _cursor.Run(chunk, keys, hashes, ref row, _onRight);

    protected override void OnLeft(in TLeft row, TKey key, ulong hash, long time) => throw InBatches();

    protected override void OnRight(in TRight row, TKey key, ulong hash, long time) => throw InBatches();

    private static UnreachableException InBatches() => new("It takes rows in batches.");
}

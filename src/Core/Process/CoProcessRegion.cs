using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>One region of a process function on two streams, which is called for each row.</summary>
internal sealed class CoProcessRegion<TKey, TLeft, TRight, TOut>(
    TwoInputSite<TKey, TLeft, TRight> site, Receiver<TOut> output, CoProcessFunction<TKey, TLeft, TRight, TOut> function,
    UserCodeInstance<TKey> code)
    : TwoInputUserCodeRegion<TKey, TLeft, TRight, TOut>(site, output, code, function.OnTimer)
{
    protected override void OnLeft(in TLeft row, TKey key, ulong hash, long time)
    {
        Calls.Enter(key, hash, time);
        function.OnLeft(row, Calls);
        Calls.Leave();
    }

    protected override void OnRight(in TRight row, TKey key, ulong hash, long time)
    {
        Calls.Enter(key, hash, time);
        function.OnRight(row, Calls);
        Calls.Leave();
    }
}

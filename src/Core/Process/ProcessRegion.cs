using ActorStreams.Core.Exchange;
using ActorStreams.Core.Regions;

namespace ActorStreams.Core.Process;

/// <summary>One region of a process function, which is called for each row.</summary>
internal sealed class ProcessRegion<TKey, TIn, TOut>(
    RegionSite<TKey, TIn> site, Receiver<TOut> output, ProcessFunction<TKey, TIn, TOut> function, UserCodeInstance<TKey> code)
    : UserCodeRegion<TKey, TIn, TOut>(site, output, code, function.OnTimer)
{
    protected override void OnRow(in TIn row, TKey key, ulong hash, long time)
    {
        Calls.Enter(key, hash, time);
        function.OnRow(row, Calls);
        Calls.Leave();
    }
}

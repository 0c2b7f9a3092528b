using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Regions;

/// <summary>Counts rows whose key threw in an actor that sends to a keyed operator: they are the operator's errors, though they never reach
/// a region.</summary>
/// <remarks>Counts this run only: the operator's first region goes on with the sum of all earlier ones.</remarks>
internal sealed class SenderErrors(string operatorName, OperatorErrors errors) : IEpochPart
{
    public string OperatorName { get; } = operatorName;

    public long Count => errors.Skipped;

    public ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        if (!report.IsVolatile)
            report.Counters.Add((OperatorName, "errors", Count));
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync() => ValueTask.CompletedTask;
}

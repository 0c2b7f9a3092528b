using ActorStreams.Core.Exchange;
using ActorStreams.Core.Storage;

namespace ActorStreams.Core.Regions;

/// <summary>What an operator without regions counts in one actor. The count survives restarts: the first actor goes on with the sum of
/// all.</summary>
/// <param name="operatorName">The operator.</param>
/// <param name="counter">One of <see cref="Counters"/>.</param>
/// <param name="isFirst">Whether the actor is the first of the operator's.</param>
internal sealed class RowCount(string operatorName, string counter, bool isFirst) : IEpochPart
{
    public string OperatorName { get; } = operatorName;

    public string Counter { get; } = counter;

    public long Value { get; private set; }

    public void Add() => Value++;

    public ValueTask OpenAsync(StageOpening opening, CancellationToken cancellation)
    {
        if (isFirst)
            Value = opening.Counter(OperatorName, Counter);
        return ValueTask.CompletedTask;
    }

    public ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        if (!report.IsVolatile)
            report.Counters.Add((OperatorName, Counter, Value));
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync() => ValueTask.CompletedTask;
}

using ActorStreams.Core.Epochs;
using ActorStreams.Core.Records;
using ActorStreams.Core.Sources;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Actors;

/// <summary>The head of a source actor: its share of the source's partitions, read in turn.</summary>
internal abstract class SourceHead : IEpochPart, IProcessingTimePart
{
    public abstract long NextProcessingTime { get; }

    /// <summary>The source's name in the pipeline.</summary>
    public abstract string Name { get; }

    /// <summary>What its partitions have counted; may be asked from any thread.</summary>
    public abstract Jobs.SourceMetrics Metrics { get; }

    /// <summary>Pushes some rows or takes a read that has completed. Never waits.</summary>
    /// <returns>Whether there was anything to do.</returns>
    public abstract bool Step();

    /// <summary>True once: the last partition has ended and the last watermark is out.</summary>
    public abstract bool TakeEnded();

    public abstract ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation);

    public abstract ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation);

    public abstract ValueTask CloseAsync();

    public abstract void OnProcessingTime(long now);
}

internal sealed class SourceHead<T>(
    string name, Source<T> source, SourceContext sourceContext, PartitionReader<T>[] partitions, ActorContext context, Receiver<T> output)
    : SourceHead
{
    private readonly CancellationTokenSource _closing = new();
    private int _next;
    private int _open;
    private bool _endPending;
    private bool _ended;
    private long _watermark = EventTime.MinValue;
    private bool _isIdle;

    public override string Name => name;

    public override Jobs.SourceMetrics Metrics => partitions.Aggregate(default(Jobs.SourceMetrics), (sum, partition) => sum.Plus(partition.Metrics));

    public override long NextProcessingTime
    {
        get
        {
            long next = EventTime.MaxValue;
            foreach (PartitionReader<T> partition in partitions)
                next = Math.Min(next, partition.IdleAt);
            return next;
        }
    }

    public override async ValueTask OpenAsync(ActorOpening opening, CancellationToken cancellation)
    {
        foreach (PartitionReader<T> partition in partitions)
        {
            PartitionManifest? from = opening.Manifest is not null && opening.Manifest.Sources.TryGetValue(name, out var known)
                ? known.GetValueOrDefault(partition.Name)
                : null;
            await partition.OpenAsync(source, from, sourceContext, context.Mailbox, _closing.Token, cancellation);
        }

        _open = partitions.Count(partition => !partition.IsEnded);
        _endPending = _open == 0;
    }

    public override bool Step()
    {
        if (EmitWatermark())
            return true;
        for (int tried = 0; tried < partitions.Length; tried++)
        {
            PartitionReader<T> partition = partitions[_next];
            bool wasEnded = partition.IsEnded;
            bool worked = partition.Step(output, context);
            if (!partition.HasRows)
                _next = _next + 1 == partitions.Length ? 0 : _next + 1;
            if (!worked)
                continue;
            if (!wasEnded && partition.IsEnded && --_open == 0)
                _endPending = true;
            _isIdle = false;
            context.IsIdlePending = false;
            if (!context.MustYield)
                EmitWatermark();
            TellIfIdle();
            return true;
        }

        // The last watermark found the output full: it is out by now, so the actor still has its end to tell.
        return _endPending && !context.MustYield;
    }

    public override bool TakeEnded()
    {
        if (!_endPending || context.MustYield || _watermark != EventTime.MaxValue)
            return false;
        _endPending = false;
        return !_ended && (_ended = true);
    }

    public override ValueTask OnBarrierAsync(EpochReport report, CancellationToken cancellation)
    {
        foreach (PartitionReader<T> partition in partitions)
        {
            PartitionManifest state = partition.Checkpoint();
            report.Partitions.Add((name, partition.Name, state));
            report.Committed.Add(token => partition.CommittedAsync(new SourceOffset(state.Offset, state.State), token));
        }

        return ValueTask.CompletedTask;
    }

    public override async ValueTask CloseAsync()
    {
        Cancellation.Now(_closing);
        foreach (PartitionReader<T> partition in partitions)
            await partition.CloseAsync();
        _closing.Dispose();
    }

    /// <summary>The time-out of a silent partition is over: the minimum may advance without it.</summary>
    public override void OnProcessingTime(long now)
    {
        foreach (PartitionReader<T> partition in partitions)
            partition.CheckIdle(now);
        if (!TellIfIdle())
            EmitWatermark();
    }

    /// <summary>Tells downstream not to wait once every partition that has not ended is idle.</summary>
    private bool TellIfIdle()
    {
        if (_isIdle || _open == 0)
            return false;
        bool any = false;
        foreach (PartitionReader<T> partition in partitions)
        {
            if (!partition.IsEnded && !partition.IsIdle)
                return false;
            any |= partition.IsIdle;
        }

        if (!any)
            return false;
        _isIdle = true;
        context.IsIdlePending = true;
        return true;
    }

    private bool EmitWatermark()
    {
        long minimum = EventTime.MaxValue;
        bool any = _open == 0;
        foreach (PartitionReader<T> partition in partitions)
        {
            // An ended partition waits for nothing, but while others are idle it is not the end of everything either.
            if (partition.IsIdle || partition.IsEnded)
                continue;
            any = true;
            minimum = Math.Min(minimum, partition.EmittedWatermark);
        }

        if (!any || minimum <= _watermark)
            return false;
        _watermark = minimum;
        output.OnWatermark(minimum);
        return true;
    }
}

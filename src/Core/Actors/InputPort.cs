using ActorStreams.Core.Records;
using ActorStreams.Core.Time;

namespace ActorStreams.Core.Actors;

/// <summary>Where the lanes of one input of an operator meet: rows go on as they come, the watermark is the minimum of the lanes.</summary>
internal abstract class InputPort
{
    public List<Mailbox.Lane> Lanes { get; } = [];

    public long Watermark { get; private set; } = EventTime.MinValue;

    /// <summary>Delivers rows [<paramref name="start"/>, …) of a batch until the end or until the actor must yield.</summary>
    /// <returns>The first row not delivered, or -1 if all were; the batch is then back in its pool.</returns>
    public abstract int Deliver(object batch, int start, ActorContext context);

    protected abstract void Advance(long watermark);

    protected abstract void OnIdle();

    /// <summary>Takes a lane's watermark or idleness into account. Never goes back: a lane that wakes up behind is late, not a reason to wait.</summary>
    public void OnLaneChanged()
    {
        long minimum = EventTime.MaxValue;
        bool anyIdle = false;
        foreach (Mailbox.Lane lane in Lanes)
        {
            anyIdle |= lane.IsIdle;
            if (!lane.IsIdle)
                minimum = Math.Min(minimum, lane.Watermark);
        }

        if (anyIdle && minimum == EventTime.MaxValue)
            OnIdle();

        // The end of some lanes while the others are idle is not the end of all: those may wake up.
        if (minimum <= Watermark || (anyIdle && minimum == EventTime.MaxValue))
            return;
        Watermark = minimum;
        Advance(minimum);
    }
}

internal sealed class InputPort<T>(Receiver<T> receiver, BatchPool<T> pool) : InputPort
{
    public override int Deliver(object batch, int start, ActorContext context)
    {
        var rows = (Batch<T>)batch;
        while (start < rows.Count)
        {
            int count = Math.Min(Chunk<T>.Size, rows.Count - start);
            receiver.OnChunk(rows.Slice(start, count));
            start += count;
            if (context.MustYield && start < rows.Count)
                return start;
        }

        pool.Return(rows);
        return -1;
    }

    protected override void Advance(long watermark) => receiver.OnWatermark(watermark);

    protected override void OnIdle() => receiver.OnIdle();
}

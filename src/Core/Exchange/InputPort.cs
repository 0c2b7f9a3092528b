using ActorStreams.Core.Records;

namespace ActorStreams.Core.Exchange;

/// <summary>Where the lanes of one input of an operator meet: rows go on as they come, the watermark is the minimum of the lanes.</summary>
/// <param name="granularity">Event-time boundaries that matter from here on are multiples of it.</param>
internal abstract class InputPort(long granularity)
{
    public List<Lane> Lanes { get; } = [];

    public long Watermark { get; private set; } = EventTime.MinValue;

    /// <summary>Delivers rows [<paramref name="start"/>, …) of a batch until the end or until the actor must yield.</summary>
    /// <returns>The first row not delivered, or -1 if all were; the batch is then back in its pool.</returns>
    public abstract int Deliver(object batch, int start, StageContext context);

    /// <summary>Does something for which the type of the rows must be known.</summary>
    public abstract TResult Accept<TResult>(IInputVisitor<TResult> visitor);

    protected abstract void Advance(long watermark);

    protected abstract void OnIdle();

    /// <summary>A lane that was idle brings something again.</summary>
    public static void Wake(Lane lane) => (lane.IsBehind, lane.IsIdle) = (lane.IsBehind || lane.IsIdle, false);

    /// <summary>Takes a lane's watermark or idleness into account. Never goes back, and does not wait for a lane that wakes up behind: what
    /// it brings is late.</summary>
    public void OnLaneChanged()
    {
        long minimum = EventTime.MaxValue, furthestIdle = EventTime.MinValue;
        bool anyIdle = false, anyBehind = false;
        foreach (Lane lane in Lanes)
        {
            // A lane that has caught up, as far as operators can tell, counts again.
            if (lane.IsBehind && StepOf(lane.Watermark) >= StepOf(Watermark))
                lane.IsBehind = false;
            if (lane.IsIdle)
                (anyIdle, furthestIdle) = (true, Math.Max(furthestIdle, lane.Watermark));
            else if (lane.IsBehind)
                anyBehind = true;
            else
                minimum = Math.Min(minimum, lane.Watermark);
        }

        bool isSilent = minimum == EventTime.MaxValue && anyIdle;

        // The end of some lanes while the others are idle is not the end of all: those may wake up. Of idle lanes none holds another, so
        // the furthest counts, whichever fell silent last.
        if (minimum == EventTime.MaxValue && (anyIdle || anyBehind))
            minimum = anyBehind ? EventTime.MinValue : furthestIdle;
        if (minimum > Watermark)
        {
            Watermark = minimum;
            Advance(minimum);
        }

        if (isSilent)
            OnIdle();
    }

    private long StepOf(long watermark) => EventTime.FloorDiv(watermark, granularity);
}

internal sealed class InputPort<T>(Receiver<T> receiver, BatchPool<T> pool, long granularity) : InputPort(granularity)
{
    public override int Deliver(object batch, int start, StageContext context)
    {
        var rows = (Batch<T>)batch;
        while (start < rows.Count)
        {
            Chunk<T> chunk = rows.ChunkAt(start);
            receiver.OnChunk(chunk);
            start += chunk.Count;
            if (context.MustYield && start < rows.Count)
                return start;
        }

        pool.Return(rows);
        return -1;
    }

    /// <summary>Where its batches come from, and go back to.</summary>
    public BatchPool<T> Pool => pool;

    public override TResult Accept<TResult>(IInputVisitor<TResult> visitor) => visitor.Visit(this);

    protected override void Advance(long watermark) => receiver.OnWatermark(watermark);

    protected override void OnIdle() => receiver.OnIdle();
}

using ActorStreams.Core.Process;
using ActorStreams.Operators.Ordering;

namespace ActorStreams;

/// <summary>Puts rows in the order of event time.</summary>
public static class OrderByEventTimeOperator
{
    /// <summary>Holds every row back until the watermark has passed it, and lets rows go in the order of event time, the same at any
    /// parallelism.</summary>
    /// <param name="source">The rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the waiting rows are stored under it.</param>
    /// <param name="comparer">
    /// The order among rows of one event time; must not throw. Rows that it calls equal come in the order of their arrival, which differs
    /// from run to run. Null: the rows' own order (<see cref="Comparer{T}.Default"/>).
    /// </param>
    /// <returns>T → T, at the same event times, which never go back.</returns>
    /// <remarks>
    /// <para>One actor does it, so it belongs behind what makes many rows few: after a window, before a file. Keeps every row from its
    /// arrival until the watermark passes it: about rate × (out-of-orderness + one step) rows. The watermark counts in steps: the windows'
    /// size behind a window, 1 second elsewhere.</para>
    /// <para>A row that comes after the watermark has passed it cannot keep the order any more: it goes to the dead letters, counted as
    /// <c>late_dropped</c>. Results of windows are never late.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public static Stream<T> OrderByEventTime<T>(this Stream<T> source, string name, IComparer<T>? comparer = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Add(new OrderingNode<T>(name, source, comparer ?? Comparer<T>.Default));
    }
}

/// <summary>The ordering in the graph: keyed by a constant, so that one region holds all rows and its shard journals them.</summary>
internal sealed class OrderingNode<T>(string name, Stream<T> input, IComparer<T> comparer)
    : KeyedNode<byte, T, T>(name, "order", input.KeyBy(static _ => WaitingRows<T>.Key))
{
    private const long DefaultStep = 1_000_000;

    private readonly long _step = StepOf(input.Node) is > 0 and long step ? step : DefaultStep;

    public override int MaxParallelism => 1;

    public override bool NeedsDeadLetters => true;

    public override long WatermarkGranularity => _step;

    public override EventTimeNeed EventTimeNeed => new(
        "rows are put in the order of their event times, and wait until the watermark has passed them");

    public override string Detail => "by event time";

    public override void Validate(string pipeline)
    {
        base.Validate(pipeline);
        Require<WaitingRow<T>>(pipeline, "row");
    }

    public override EntityStates<byte> CreateEntities(ShardRange shards) => new WaitingEntities<T>(shards, comparer);

    protected override KeyedOperator<byte, T> Build(StageBuild build, RegionSite<byte, T> site)
    {
        var output = new RowOutput<T>(build.Context, build.Downstream(this));
        return new OrderByEventTime<T>(site, new WaitingEntities<T>(site.Shards, comparer), output);
    }

    /// <summary>Where the event times of the rows that come in can begin anew: at the boundaries of the nearest windows.</summary>
    private static long StepOf(StreamNode node)
    {
        if (node.WatermarkGranularity > 0)
            return node.WatermarkGranularity;
        long step = 0;
        foreach (StreamNode input in node.Inputs)
            step = EventTime.GreatestCommonDivisor(step, StepOf(input));
        return step;
    }
}

/// <summary>The one region of an ordering.</summary>
internal sealed class OrderByEventTime<T>(
    RegionSite<byte, T> site, WaitingEntities<T> entities, RowOutput<T> output)
    : KeyedOperator<byte, T>(site), IResumable, IFiring
{
    private readonly WaitingRows<T> _waiting = entities.Rows;
    private readonly FiringLoop _loop = new(site.Context, output);

    public bool IsSuspended => _loop.IsSuspended;

    /// <summary>Rows leave the state as they are put out, so any point between two chunks will do.</summary>
    public bool CanCut => _loop.CanCut;

    public override EntityStates<byte> Entities => entities;

    public override KeptBack KeptBack => KeptBack.Of("rows that wait for their turn", () => _waiting.Count);

    public override bool RefusesLateRows => true;

    public void Resume() => _loop.Continue(this);

    Fired IFiring.Fire()
    {
        while (!output.IsFull)
        {
            if (!_waiting.TryTake(Watermark, out long time, out T row))
                return Fired.All;
            output.Add(row, time);
        }

        return Fired.Some;
    }

    void IFiring.OnFired() => output.OnWatermark(Watermark);

    protected override void OnKeyed(in Chunk<T> chunk, byte[] keys, ulong[] hashes)
    {
        for (int row = 0; row < chunk.Count; row++)
        {
            long time = chunk.Times[row];
            if (time >= Watermark)
            {
                _waiting.Add(time, chunk.Rows[row]);
                continue;
            }

            CountLate();
            Errors.OnLate(chunk.Rows[row], time, chunk.PositionOf(row), Watermark);
        }
    }

    protected override void Advance(long watermark) => _loop.Advance(this);
}

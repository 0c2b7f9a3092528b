namespace ActorStreams.Core.Time.Runtime;

/// <summary>The watermark of one partition, after the rows so far.</summary>
/// <remarks>
/// The reader hands over runs of rows and says at which watermark it must stop, because operators must hear of it there. So there is one
/// virtual call a run, and what is stored at a barrier is the state after exactly the rows that were passed on.
/// </remarks>
internal abstract class PartitionWatermark<T>
{
    private long _value = EventTime.MinValue;
    private long _late;

    /// <summary>No row with a smaller event time is expected.</summary>
    public long Value
    {
        get => Volatile.Read(ref _value);
        protected set => Volatile.Write(ref _value, value);
    }

    /// <summary>Rows that came behind the watermark.</summary>
    public long Late
    {
        get => Volatile.Read(ref _late);
        protected set => Volatile.Write(ref _late, value);
    }

    /// <summary>The largest event time so far.</summary>
    public long MaxTime { get; protected set; } = EventTime.MinValue;

    /// <summary>How far the watermark stands behind <see cref="MaxTime"/>, where it follows from that alone; null elsewhere.</summary>
    public virtual long? Delay => null;

    /// <summary>Whether it follows the largest event time of its rows, so that one wrong row would move it. False: the source or the user
    /// says where it stands.</summary>
    public virtual bool FollowsRows => false;

    /// <summary>Takes rows in order, up to and with the first after which the watermark has advanced to <paramref name="stopAt"/> or
    /// further.</summary>
    /// <returns>How many were taken. If that is fewer than there are and <paramref name="error"/> is set, the user's code threw on the next
    /// one.</returns>
    public abstract int Advance(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, long stopAt, out Exception? error);

    /// <summary>The source itself says how far it is complete.</summary>
    public virtual void Declare(long watermark)
    {
    }

    /// <summary>Event time has gone on without a row.</summary>
    public void GoOn(long watermark) => Value = Math.Max(Value, watermark);

    /// <summary>What is stored besides watermark, largest time and count of late rows; null: nothing.</summary>
    public virtual byte[]? Save() => null;

    public virtual void Restore(long value, long maxTime, long late, byte[]? state) => (Value, MaxTime, Late) = (value, maxTime, late);
}

/// <summary>A fixed distance behind the largest event time.</summary>
internal sealed class BoundedWatermark<T>(long bound) : PartitionWatermark<T>
{
    public override long? Delay => bound;

    public override bool FollowsRows => true;

    public override int Advance(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, long stopAt, out Exception? error)
    {
        error = null;
        if (times.Length > 1)
        {
            (long minimum, long maximum, bool isSorted) = TimeColumn.Scan(times);
            long highest = Math.Max(MaxTime, maximum);
            long after = EventTime.AddSaturated(highest, -bound);
            bool noneLate = minimum >= Math.Max(after, Value) || (isSorted && minimum >= Value);
            if (noneLate && after < stopAt)
            {
                (MaxTime, Value) = (highest, Math.Max(Value, after));
                return times.Length;
            }
        }

        return OneByOne(times, stopAt);
    }

    private int OneByOne(ReadOnlySpan<long> times, long stopAt)
    {
        long value = Value, highest = MaxTime, late = 0;
        int row = 0;
        while (row < times.Length)
        {
            long time = times[row++];
            late += time < value ? 1 : 0;
            highest = Math.Max(highest, time);
            long next = EventTime.AddSaturated(highest, -bound);
            if (next <= value)
                continue;
            value = next;
            if (value >= stopAt)
                break;
        }

        (Value, MaxTime) = (value, highest);
        Late += late;
        return row;
    }
}

/// <summary>What the source declares, and nothing else.</summary>
internal sealed class DeclaredWatermark<T> : PartitionWatermark<T>
{
    public override int Advance(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, long stopAt, out Exception? error)
    {
        error = null;
        if (times.IsEmpty)
            return 0;
        (long minimum, long maximum, _) = TimeColumn.Scan(times);
        MaxTime = Math.Max(MaxTime, maximum);
        if (minimum >= Value)
            return times.Length;
        int late = 0;
        foreach (long time in times)
            late += time < Value ? 1 : 0;
        Late += late;
        return times.Length;
    }

    public override void Declare(long watermark) => Value = Math.Max(Value, watermark);
}

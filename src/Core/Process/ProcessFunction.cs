using ActorStreams.Core.Process;

namespace ActorStreams;

/// <summary>User code on a keyed stream, with state per key and timers.</summary>
/// <remarks>
/// One instance serves one region: it sees one row or timer at a time, and its states show the present key's values. Declare states in
/// field initialisers or the constructor: <c>private readonly ValueState&lt;long&gt; _count;</c> … <c>_count =
/// Value&lt;long&gt;("count");</c>. Everything that must survive a crash belongs into a state; a plain field is lost, and shared by all
/// keys.
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TIn">The row coming in.</typeparam>
/// <typeparam name="TOut">The row going out.</typeparam>
public abstract class ProcessFunction<TKey, TIn, TOut> : KeyedFunction<TKey>
{
    /// <summary>Called with every row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public abstract void OnRow(in TIn row, ProcessContext<TKey, TOut> context);

    /// <summary>Called when a timer is due: an event-time timer when the watermark has reached it, a processing-time timer when the clock
    /// has.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public virtual void OnTimer(TimerFiring timer, ProcessContext<TKey, TOut> context)
    {
    }
}

/// <summary>A timer that is due.</summary>
/// <param name="Time">The time it was set for, in microseconds.</param>
/// <param name="IsProcessingTime">True if it was set on the clock, false if on the watermark.</param>
public readonly record struct TimerFiring(long Time, bool IsProcessingTime);

/// <summary>What a <see cref="ProcessFunction{TKey, TIn, TOut}"/> may use during a call.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TOut">The row going out.</typeparam>
public abstract class ProcessContext<TKey, TOut>
{
    private protected ProcessContext()
    {
    }

    /// <summary>The outputs beside the results.</summary>
    private protected abstract SideOutputs Sides { get; }

    /// <summary>The key of the row or timer.</summary>
    public abstract TKey Key { get; }

    /// <summary>The event time of the row, or of the timer, in microseconds.</summary>
    public abstract long Time { get; }

    /// <summary>No row with a smaller event time is expected, in microseconds.</summary>
    public abstract long Watermark { get; }

    /// <summary>The job's clock, in microseconds. A replay after a crash reads it anew: results that depend on it may differ.</summary>
    public abstract long ProcessingTime { get; }

    /// <summary>Puts a row out, at the present event time.</summary>
    public abstract void Emit(TOut row);

    /// <summary>Puts a row out at another event time (microseconds), which must not be behind the watermark, or it is late
    /// downstream.</summary>
    public abstract void Emit(TOut row, long time);

    /// <summary>Puts a row out beside the results, at the present event time; dropped where nobody reads the tag
    /// (<see cref="ProcessedStream{T}.SideOutput"/>).</summary>
    /// <param name="tag">Which output.</param>
    /// <param name="row">The row.</param>
    public void Emit<TSide>(OutputTag<TSide> tag, TSide row) => Emit(tag, row, Time);

    /// <summary>Puts a row out beside the results, at another event time.</summary>
    /// <param name="tag">Which output.</param>
    /// <param name="row">The row.</param>
    /// <param name="time">Its event time (microseconds), which must not be behind the watermark, or it is late downstream.</param>
    public void Emit<TSide>(OutputTag<TSide> tag, TSide row, long time)
    {
        ArgumentNullException.ThrowIfNull(tag);
        Sides.Emit(tag, row, time);
    }

    /// <summary>Sets a timer for the key that fires once the watermark reaches <paramref name="time"/> (microseconds). Setting it twice is
    /// setting it once.</summary>
    public abstract void SetTimer(long time);

    /// <summary>Removes the key's event-time timer of <paramref name="time"/>, if it is set.</summary>
    public abstract void DeleteTimer(long time);

    /// <summary>Sets a timer for the key that fires once the clock reaches <paramref name="time"/> (microseconds).</summary>
    public abstract void SetProcessingTimer(long time);

    /// <summary>Removes the key's processing-time timer of <paramref name="time"/>, if it is set.</summary>
    public abstract void DeleteProcessingTimer(long time);
}

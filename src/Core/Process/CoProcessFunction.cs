namespace ActorStreams;

/// <summary>User code on two keyed streams, with state per key that both share, and timers.</summary>
/// <remarks>As <see cref="ProcessFunction{TKey, TIn, TOut}"/>: one instance serves one region and sees one row or timer at a
/// time.</remarks>
/// <typeparam name="TKey">The key of both.</typeparam>
/// <typeparam name="TLeft">The left row.</typeparam>
/// <typeparam name="TRight">The right row.</typeparam>
/// <typeparam name="TOut">The row going out.</typeparam>
public abstract class CoProcessFunction<TKey, TLeft, TRight, TOut> : KeyedFunction<TKey>
{
    /// <summary>Called with every left row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public abstract void OnLeft(in TLeft row, ProcessContext<TKey, TOut> context);

    /// <summary>Called with every right row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public abstract void OnRight(in TRight row, ProcessContext<TKey, TOut> context);

    /// <summary>Called when a timer is due: an event-time timer when the watermark of both streams has reached it, a processing-time timer
    /// when the clock has.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public virtual void OnTimer(TimerFiring timer, ProcessContext<TKey, TOut> context)
    {
    }
}

namespace ActorStreams.Authoring;

/// <summary>An operator of one's own on a keyed stream, which works on batches: with states per key, timers of event time and of the
/// clock, and
/// further outputs.</summary>
/// <remarks>
/// <para>One instance serves one region and is called by one thread at a time. States are declared in the constructor, as those of a
/// <see cref="ProcessFunction{TKey, TIn, TOut}"/>; a plain field is lost in a crash, and shared by all keys of the region.</para>
/// <para>The engine sees to the rest: it stops between two rows or timers while output is full, lets barriers through there, journals
/// what has
/// changed at each barrier and restores it, moves shards when the parallelism changes, and applies the error policy to each row.</para>
/// </remarks>
/// <example><code>
/// public override void OnBatch(KeyedBatch&lt;string, Reading&gt; batch, ProcessContext&lt;string, Alarm&gt; context)
/// {
///     while (batch.Next(out int row))
///     {
///         if (batch.Rows[row].Value > _limit.Value)
///             context.Emit(new Alarm(context.Key, batch.Rows[row].Value));
///     }
/// }
/// </code></example>
/// <typeparam name="TKey">The key; stored, so it needs a codec.</typeparam>
/// <typeparam name="TIn">The row coming in.</typeparam>
/// <typeparam name="TOut">The row going out.</typeparam>
public abstract class BatchOperator<TKey, TIn, TOut> : KeyedFunction<TKey>
{
    /// <summary>Called with rows that have come together, some to a few hundred. Take each with <see cref="KeyedBatch{TKey,
    /// T}.Next"/>.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="context">The key and time of the row that was taken last, output and timers; valid during the call.</param>
    public abstract void OnBatch(KeyedBatch<TKey, TIn> batch, ProcessContext<TKey, TOut> context);

    /// <summary>Called when a timer is due; states show its key's values.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public virtual void OnTimer(TimerFiring timer, ProcessContext<TKey, TOut> context)
    {
    }
}

/// <summary>An operator of one's own on two keyed streams, which share its states; else as <see cref="BatchOperator{TKey, TIn,
/// TOut}"/>.</summary>
/// <remarks>How rows of the two are interleaved is not promised; the watermark is the least of both.</remarks>
/// <typeparam name="TKey">The key of both; stored, so it needs a codec.</typeparam>
/// <typeparam name="TLeft">The left row.</typeparam>
/// <typeparam name="TRight">The right row.</typeparam>
/// <typeparam name="TOut">The row going out.</typeparam>
public abstract class TwoInputBatchOperator<TKey, TLeft, TRight, TOut> : KeyedFunction<TKey>
{
    /// <summary>Called with rows of the left input that have come together. Take each with <see cref="KeyedBatch{TKey,
    /// T}.Next"/>.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="context">The key and time of the row that was taken last, output and timers; valid during the call.</param>
    public abstract void OnLeft(KeyedBatch<TKey, TLeft> batch, ProcessContext<TKey, TOut> context);

    /// <summary>Called with rows of the right input that have come together. Take each with <see cref="KeyedBatch{TKey,
    /// T}.Next"/>.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="context">The key and time of the row that was taken last, output and timers; valid during the call.</param>
    public abstract void OnRight(KeyedBatch<TKey, TRight> batch, ProcessContext<TKey, TOut> context);

    /// <summary>Called when a timer is due; states show its key's values.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="context">The key, the times, output and timers; valid during the call.</param>
    public virtual void OnTimer(TimerFiring timer, ProcessContext<TKey, TOut> context)
    {
    }
}

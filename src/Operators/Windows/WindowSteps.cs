using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams;

/// <summary>Rows in windows: what can be said of them, in any order, before what to compute of each window.</summary>
/// <remarks>
/// Unless said otherwise: one result for each window, when it is complete. A row is late when all its windows have expired, that is when
/// the watermark has passed their ends by the allowed lateness.
/// </remarks>
/// <typeparam name="TSelf">The rows in windows.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public abstract class WindowSteps<TSelf, T> : WithLateRows<TSelf, T>
    where TSelf : WindowSteps<TSelf, T>
{
    private protected WindowSteps(Pipeline pipeline, string name, WindowOptions<T> options)
        : base(pipeline, name) => Options = options;

    internal WindowOptions<T> Options { get; }

    /// <summary>When panes come out; <c>Trigger.Default</c> unless said.</summary>
    public TSelf Trigger(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return With(Options with { Trigger = trigger });
    }

    /// <summary>Only final results: one pane, when the window can no longer change.</summary>
    public TSelf EmitOnClose() => Trigger(ActorStreams.Trigger.AtExpiry);

    /// <summary>Keeps a window open for so long after it is complete; rows that come in that time are not late. Zero unless said.</summary>
    /// <param name="lateness">Zero or more. State is kept for as long.</param>
    /// <exception cref="PipelineException"><paramref name="lateness"/> is negative.</exception>
    public TSelf AllowedLateness(TimeSpan lateness) => lateness >= TimeSpan.Zero
        ? With(Options with { Lateness = lateness.ToMicros() })
        : throw new PipelineException(
            $"Pipeline '{Pipeline.Name}', operator '{Name}': an allowed lateness of {lateness} is not possible; give zero or more.");

    /// <summary>Which watermark decides whether a row is late; the operator's, <see cref="ActorStreams.Lateness.ByOperator"/>, unless
    /// said.</summary>
    /// <remarks>
    /// <para>By source, a row is late for a window whose end, and the allowed lateness, the watermark of its own partition has reached
    /// before the row. So which rows are late, and what the on-time pane of a window without allowed lateness holds, is a function of the
    /// input, whatever the parallelism and however partitions interleave. With allowed lateness the last pane is, and with it what
    /// <see cref="EmitOnClose"/> gives; which panes come before it is not.</para>
    /// <para>Rows of sessions, and of any windows that merge, are late as soon as they are further behind that watermark than the allowed
    /// lateness, whatever is open.</para>
    /// <para>What is not a function of the input even so: triggers that count rows, aggregates that go by the order of rows, and windows
    /// that were completed while a partition was idle. Rows on their way to this operator carry the watermark, a number for each run of
    /// equal ones; hopping windows are kept one by one instead of in slices.</para>
    /// </remarks>
    public TSelf Lateness(Lateness judgement) => With(Options with { JudgedBy = judgement });

    /// <summary>What becomes of a window that expires with nothing new; <see cref="FiringBehaviour.FireIfNonEmpty"/> unless said.</summary>
    public TSelf Closing(FiringBehaviour behaviour) => With(Options with { Closing = behaviour });

    /// <summary>What becomes of an on-time firing with nothing new; <see cref="FiringBehaviour.FireAlways"/> unless said, so that a reader
    /// can wait for the on-time pane.</summary>
    public TSelf OnTime(FiringBehaviour behaviour) => With(Options with { OnTime = behaviour });

    /// <summary>The event time of results; <see cref="ResultTime.EndOfWindow"/> unless said.</summary>
    public TSelf ResultsAt(ResultTime time) => With(Options with { ResultTime = time });

    /// <summary>Asks the trigger once for rows that arrive together (up to 256), instead of after each: fewer early and late panes under
    /// load.</summary>
    /// <remarks>Which panes come then depends on how rows happen to be batched, what the last one holds does not.</remarks>
    public TSelf TriggerPerBatch() => With(Options with { PerBatch = true });

    private protected override TSelf With(LateRows<T> late) => With(Options with { Late = late });

    private protected abstract TSelf With(WindowOptions<T> options);
}

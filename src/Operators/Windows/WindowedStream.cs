using ActorStreams.Core;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Records;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Triggers;
using ActorStreams.Operators.Windows.Runtime;

namespace ActorStreams.Operators.Windows;

/// <summary>Windows over keyed streams.</summary>
public static class WindowOperator
{
    /// <summary>Cuts each key's rows into windows; say next what to compute of each.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">The kind of windows: see <see cref="Windows"/>.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the job's options say.</param>
    public static WindowedStream<TKey, T> Window<TKey, T>(this KeyedStream<TKey, T> source, string name, WindowAssigner windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(source, name, new WindowOptions<T> { Windows = windows, Errors = errors });
    }

    /// <summary>Cuts each key's rows into windows that the user's own code assigns.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">Assigns windows to rows.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the job's options say.</param>
    public static WindowedStream<TKey, T> Window<TKey, T>(this KeyedStream<TKey, T> source, string name, WindowAssigner<T> windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(source, name, new WindowOptions<T> { OwnWindows = windows, Errors = errors });
    }

    /// <summary>Cuts each key's rows into windows by their number.</summary>
    /// <param name="source">The keyed rows.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">How many rows.</param>
    /// <param name="errors">What becomes of a row, or of a result, on which user code throws; null: as the job's options say.</param>
    public static CountedStream<TKey, T> Window<TKey, T>(this KeyedStream<TKey, T> source, string name, CountWindows windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new CountedStream<TKey, T>(source, name, windows, errors);
    }
}

/// <summary>
/// Keyed rows in windows. Unless said otherwise: one result per key and window, when it is complete; a row that comes after that goes to the dead letters.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class WindowedStream<TKey, T>
{
    private readonly KeyedStream<TKey, T> _source;
    private readonly string _name;
    private readonly WindowOptions<T> _options;

    internal WindowedStream(KeyedStream<TKey, T> source, string name, WindowOptions<T> options) => (_source, _name, _options) = (source, name, options);

    /// <summary>When panes come out; <see cref="Triggers.Triggers.Default"/> unless said.</summary>
    public WindowedStream<TKey, T> Trigger(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return With(_options with { Trigger = trigger });
    }

    /// <summary>Only final results: one pane, when the window can no longer change.</summary>
    public WindowedStream<TKey, T> EmitOnClose() => Trigger(Triggers.Triggers.AtExpiry);

    /// <summary>Each pane holds everything that came so far; so it is unless said otherwise.</summary>
    public WindowedStream<TKey, T> Accumulating() => With(_options with { Mode = PaneMode.Accumulating });

    /// <summary>Each pane holds what came since the pane before it.</summary>
    public WindowedStream<TKey, T> Discarding() => With(_options with { Mode = PaneMode.Discarding });

    /// <summary>Each pane holds everything that came so far, and takes the pane before it back. What is left to say is what to compute: call it last.</summary>
    public RetractingStream<TKey, T> Retracting() => new(With(_options with { Mode = PaneMode.Retracting }));

    /// <summary>Keeps a window open for so long after it is complete; rows that come in that time are not late. Zero unless said.</summary>
    /// <param name="lateness">Zero or more. State is kept for as long.</param>
    /// <exception cref="PipelineException"><paramref name="lateness"/> is negative.</exception>
    public WindowedStream<TKey, T> AllowedLateness(TimeSpan lateness) => lateness >= TimeSpan.Zero
        ? With(_options with { Lateness = lateness.ToMicros() })
        : throw new PipelineException($"Operator '{_name}': an allowed lateness of {lateness} is not possible; give zero or more.");

    /// <summary>Which watermark decides whether a row is late; the operator's, <see cref="ActorStreams.Operators.Windows.Lateness.ByOperator"/>, unless said.</summary>
    /// <remarks>
    /// <para>By source, a row is late for a window whose end, and the allowed lateness, the watermark of its own partition has reached before the row. So which rows are
    /// late, and what the on-time pane of a window without allowed lateness holds, is a function of the input, whatever the parallelism and however partitions interleave. With
    /// allowed lateness the last pane is, and with it what <see cref="EmitOnClose"/> gives; which panes come before it is not.</para>
    /// <para>Rows of sessions, and of any windows that merge, are late as soon as they are further behind that watermark than the allowed lateness, whatever is open.</para>
    /// <para>What is not a function of the input even so: triggers that count rows, aggregates that go by the order of rows, and windows that were completed while a
    /// partition was idle. Rows on their way to this operator carry the watermark, a number for each run of equal ones; hopping windows are kept one by one instead of in slices.</para>
    /// </remarks>
    public WindowedStream<TKey, T> Lateness(Lateness judgement) => With(_options with { JudgedBy = judgement });

    /// <summary>Late rows, those whose windows have all expired, are gone, counted by the operator as <c>late_dropped</c>.</summary>
    public WindowedStream<TKey, T> DropLate() => With(_options with { Late = LateRows<T>.Dropped });

    /// <summary>
    /// Late rows, those whose windows have all expired, come out of <paramref name="late"/>, to be read after <see cref="Aggregate"/> was called. They have their own
    /// event times and the watermark of the results.
    /// </summary>
    public WindowedStream<TKey, T> LateTo(out LateStream<T> late) => With(_options with { Late = LateRows<T>.To(late = new LateStream<T>(_name)) });

    /// <summary>What becomes of a window that expires with nothing new; <see cref="ClosingBehaviour.FireIfNonEmpty"/> unless said.</summary>
    public WindowedStream<TKey, T> Closing(ClosingBehaviour behaviour) => With(_options with { Closing = behaviour });

    /// <summary>What becomes of an on-time firing with nothing new; <see cref="OnTimeBehaviour.FireAlways"/> unless said.</summary>
    public WindowedStream<TKey, T> OnTime(OnTimeBehaviour behaviour) => With(_options with { OnTime = behaviour });

    /// <summary>The event time of results; <see cref="ResultTime.EndOfWindow"/> unless said.</summary>
    public WindowedStream<TKey, T> ResultsAt(ResultTime time) => With(_options with { ResultTime = time });

    /// <summary>Asks the trigger once for rows that arrive together (up to 256), instead of after each: fewer early and late panes under load.</summary>
    /// <remarks>Which panes come then depends on how rows happen to be batched, what the last one holds does not.</remarks>
    public WindowedStream<TKey, T> TriggerPerBatch() => With(_options with { PerBatch = true });

    /// <summary>Aggregates rows in the actor that they come from, and sends what they add up to, not the rows, to the region of their key: for keys of which one, or a
    /// few, have most of the rows, and would keep one region busy while the others wait.</summary>
    /// <remarks>
    /// <para>Same results: what may be late is sent as it is. Each upstream actor holds up to 1,024 pairs of key and window, none across an epoch or a watermark. Where
    /// every key is rare it costs a little and gives nothing. The counter <c>rows</c> then counts what arrives at the region.</para>
    /// <para>For tumbling and hopping windows that fire once, when they are complete, and aggregates that can be merged. With <c>ErrorPolicy.Skip</c>, accumulators that
    /// cannot be merged (a sum that overflows) are skipped as a whole.</para>
    /// </remarks>
    public WindowedStream<TKey, T> TwoPhase() => With(_options with { IsTwoPhase = true });

    /// <summary>Folds the rows of each key and window.</summary>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/> for each pane, at the last event time of the window. Keys come in no promised order.</returns>
    /// <remarks>Keeps one accumulator per key and open window. Windows that merge merge their accumulators.</remarks>
    /// <exception cref="PipelineException">
    /// The name is taken, the windows merge and the aggregate cannot, a row is in too many windows (<see cref="Windows.Hopping"/>), or lateness cannot be judged by source here.
    /// </exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        WindowOptions<T> options = _options.Normal();
        CheckLateness();
        return options switch
        {
            { IsTwoPhase: true } => Runtime.TwoPhase.Add(_source, _name, options, aggregate),
            { FiresOnceOnTime: true, Windows: IPartitionOfTime partition and not GlobalWindows } =>
                Add(new TumblingNode<TKey, T, TAgg, TAcc, TOut>(_name, _source, options, partition, aggregate) { Errors = options.Errors }),
            { FiresOnceOnTime: true, IsBySource: false, Windows: HoppingWindows hopping } when aggregate.CanMerge =>
                Add(new HoppingNode<TKey, T, TAgg, TAcc, TOut>(_name, _source, options, hopping, aggregate) { Errors = options.Errors }),
            { FiresOnceOnTime: true, Windows: SessionWindows sessions } when aggregate.CanMerge =>
                Add(new SessionNode<TKey, T, TAgg, TAcc, TOut>(_name, _source, options, sessions, aggregate) { Errors = options.Errors }),
            _ => AddGeneral<TAgg, TAcc, TOut, WindowResult<TKey, TOut>, PlainPanes<TKey, TOut>>(aggregate),
        };
    }

    internal Stream<TRow> AddGeneral<TAgg, TAcc, TOut, TRow, TPanes>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
        where TPanes : struct, IPanes<TKey, TOut, TRow>
    {
        if (_options.Merges)
            aggregate.CheckMerges(_source.Stream.Pipeline.Name, _name, _options.Windows?.ToString() ?? _options.OwnWindows!.Definition);
        if (_options.Windows?.WindowsPerRow > WindowAssigner.MostOneByOne)
        {
            throw new PipelineException($"Pipeline '{_source.Stream.Pipeline.Name}', operator '{_name}': with {_options.Windows} " +
                FormattableString.Invariant($"each row is in {_options.Windows.WindowsPerRow:N0} windows, and the most is {WindowAssigner.MostOneByOne:N0} where it has to be added to each of them: ") +
                (aggregate.WhyNotMerge ?? "with a trigger, allowed lateness, other times of results, panes taken back, lateness judged by source, or in processing time") + ". Take a longer slide or a shorter size, or do without.");
        }

        return Add(new WindowNode<TKey, T, TAgg, TAcc, TOut, TRow, TPanes>(_name, _source, _options.Normal(), aggregate) { Errors = _options.Errors });
    }

    internal void CheckLateness()
    {
        if (_options.IsBySource)
            SourceLateness.Check(_source.Stream.Pipeline.Name, _name, _source.Stream.Node, _options);
    }

    private Stream<TRow> Add<TAgg, TAcc, TOut, TRow>(WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, TRow> node)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        Stream<TRow> results = _source.Stream.Add(node);
        node.Late.Open(_source.Stream.Pipeline, node);
        return results;
    }

    private WindowedStream<TKey, T> With(WindowOptions<T> options) => new(_source, _name, options);
}

/// <summary>Keyed rows in windows whose panes take back the ones before them.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class RetractingStream<TKey, T>
{
    private readonly WindowedStream<TKey, T> _windows;

    internal RetractingStream(WindowedStream<TKey, T> windows) => _windows = windows;

    /// <summary>Folds the rows of each key and window.</summary>
    /// <returns>
    /// (TKey, T) → for each pane the result with weight +1; before it, with weight -1, the pane that it replaces: all panes, where windows that had
    /// panes were merged. What is left when all are added up is the last pane of each window.
    /// </returns>
    /// <remarks>Keeps one accumulator and the last result per key and open window: results are stored, so they need a codec.</remarks>
    /// <exception cref="PipelineException">The name is taken, a row is in too many windows (<see cref="Windows.Hopping"/>), or lateness cannot be judged by source here.</exception>
    public Stream<Change<WindowResult<TKey, TOut>>> Aggregate<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        _windows.CheckLateness();
        return _windows.AddGeneral<TAgg, TAcc, TOut, Change<WindowResult<TKey, TOut>>, ChangePanes<TKey, TOut>>(aggregate);
    }
}

/// <summary>Keyed rows in windows by their number.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class CountedStream<TKey, T>
{
    private readonly KeyedStream<TKey, T> _source;
    private readonly string _name;
    private readonly CountWindows _windows;
    private readonly ErrorPolicy? _errors;

    internal CountedStream(KeyedStream<TKey, T> source, string name, CountWindows windows, ErrorPolicy? errors) =>
        (_source, _name, _windows, _errors) = (source, name, windows, errors);

    /// <summary>Folds the rows of each key, in the order of their arrival.</summary>
    /// <returns>(TKey, T) → a result after every slide of rows, in <see cref="GlobalWindows.Window"/>; rows short of a slide give one at the end of a bounded input.</returns>
    /// <remarks>With a slide other than the size: keeps the last size rows of every key. What a row that leaves costs is as for <see cref="OverStream{TKey, T}.Aggregate"/>.</remarks>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (_windows.Size != _windows.Slide)
            return _source.Stream.Add(new SlidingCountNode<TKey, T, TAgg, TAcc, TOut>(_name, _source, _windows, aggregate) { Errors = _errors });
        return _source.Window(_name, Windows.Global(), _errors).Trigger(Triggers.Triggers.AfterCount(_windows.Size).Repeatedly())
            .Discarding().OnTime(OnTimeBehaviour.FireIfNonEmpty).Aggregate(aggregate);
    }
}

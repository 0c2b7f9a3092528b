using System.Text;
using ActorStreams.Operators.Windows.General;

namespace ActorStreams;

/// <summary>Windows over all rows of a stream, without keys.</summary>
public static class WindowAllOperator
{
    /// <summary>Cuts all rows into windows; say next what to compute of each.</summary>
    /// <param name="source">The rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">The kind of windows: see <see cref="WindowKinds"/>.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the
    /// job's options say.</param>
    public static WindowedAll<T> WindowAll<T>(this Stream<T> source, string name, WindowAssigner windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedAll<T>(source.KeyBy(static _ => (byte)0), name, new WindowOptions<T> { Windows = windows, Errors = errors });
    }
}

/// <summary>All rows of a stream in windows. A row that comes after its window is complete goes to the dead letters unless said
/// otherwise.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class WindowedAll<T> : WindowSteps<WindowedAll<T>, T>
{
    private readonly KeyedStream<byte, T> _source;

    internal WindowedAll(KeyedStream<byte, T> source, string name, WindowOptions<T> options)
        : base(source.Stream.Pipeline, name, options) => _source = source;

    /// <summary>Each pane holds everything that came so far; so it is unless said otherwise.</summary>
    public WindowedAll<T> Accumulating() => With(Options with { Mode = PaneMode.Accumulating });

    /// <summary>Each pane holds what came since the pane before it.</summary>
    public WindowedAll<T> Discarding() => With(Options with { Mode = PaneMode.Discarding });

    /// <summary>Folds the rows of each window.</summary>
    /// <returns>T → <see cref="WindowResult{TResult}"/> for each pane, at the last event time of the window. A window without rows gives
    /// none.</returns>
    /// <remarks>
    /// <para>In tumbling and hopping windows that give one result each, when they are complete, and with an aggregate that can be merged,
    /// each actor that rows come from adds up its own, and one region adds these up. In all other windows, with a trigger, with allowed
    /// lateness, or with lateness judged by source, that one region takes every row: it is as fast as one core.</para>
    /// <para>Keeps one accumulator per open window (per slice of it where windows overlap), and, where actors add up their own, one in each
    /// of these until the next watermark or barrier.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, the windows merge and the aggregate cannot, or lateness cannot be
    /// judged by source here.</exception>
    public Stream<WindowResult<TOut>> Aggregate<TOut>(Aggregate<T, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        bool isTwoPhase = aggregate.CanMerge
            && Options.Normal() is { FiresOnceOnTime: true, IsBySource: false, Windows: TumblingWindows or HoppingWindows };
        var windows = new WindowedStream<byte, T>(_source, Name, Options with { IsTwoPhase = isTwoPhase });
        Stream<WindowResult<byte, TOut>> results = windows.Aggregate(aggregate);
        return results.Map(result => new WindowResult<TOut>(result.Window, result.Result) { Pane = result.Pane }).Of(results.Named);
    }

    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})"/>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Max(order => order.Total)</c>.</param>
    public Stream<WindowResult<TOut>> Aggregate<TOut>(Func<AggregateStart<T>, Aggregate<T, TOut>> aggregates) =>
        Aggregate(ActorStreams.Aggregate.Of<T>().And(aggregates));

    /// <summary>Makes one row of all rows of each window, two by two, in the order of their arrival.</summary>
    /// <param name="reduce">(so far, row) → T; a new row, which changes neither. Associative where windows merge or overlap.</param>
    /// <returns>T → <see cref="WindowResult{TResult}"/>, as of <c>Aggregate</c>.</returns>
    /// <remarks>Keeps one row per open window.</remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<WindowResult<T>> Reduce(Func<T, T, T> reduce) => Aggregate(a => a.Reduce(reduce));

    /// <summary>Runs a function on all rows of each pane of a window, instead of folding them.</summary>
    /// <param name="process">(pane) → TOut, any number of them. It must not change the rows.</param>
    /// <returns>T → what the function gives, at the event time of the pane.</returns>
    /// <remarks>
    /// <para>Keeps every row of every open window, and stores all rows of a window again in each epoch that adds one: aggregate first
    /// where that is possible,
    /// and look at key and window in a <c>Map</c> of the results. Rows are stored, so they need a codec.</para>
    /// <para>Where the function throws and panes are skipped (<see cref="ErrorPolicy.Skip"/>), what it gave before stays.</para>
    /// </remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<TOut> Process<TOut>(Func<WindowRows<T>, IEnumerable<TOut>> process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return Aggregate(a => a.Collect(row => row)).FlatMap(
            pane => process(new WindowRows<T>(pane.Window, pane.Pane, pane.Result)), $"{Name}-process", Options.Errors);
    }

    private protected override WindowedAll<T> With(WindowOptions<T> options) => new(_source, Name, options);
}

/// <summary>The result of one window over all rows.</summary>
/// <typeparam name="TResult">The aggregate's result.</typeparam>
/// <param name="Window">The window; the result's event time is <c>Window.MaxTime</c>.</param>
/// <param name="Result">The aggregate's result.</param>
public readonly record struct WindowResult<TResult>(Window Window, TResult Result)
{
    /// <summary>Which of the window's panes it is; by default the only one, on time.</summary>
    public PaneInfo Pane { get; init; }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append($"Window = {Window}, Result = {Result}");
        if (Pane != default)
            builder.Append($", Pane = {Pane}");
        return true;
    }
}

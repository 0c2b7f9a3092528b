using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows;
using ActorStreams.Operators.Windows.General;
using ActorStreams.Operators.Windows.Running;
using ActorStreams.Operators.Windows.Sessions;
using ActorStreams.Operators.Windows.Slices;

namespace ActorStreams;

/// <summary>Windows over keyed streams.</summary>
public static class WindowOperator
{
    /// <summary>Cuts each key's rows into windows; say next what to compute of each.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">The kind of windows: see <see cref="WindowKinds"/>.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the
    /// job's options say.</param>
    public static WindowedStream<TKey, T> Window<TKey,
        T>(this KeyedStream<TKey, T> source, string name, WindowAssigner windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(source, name, new WindowOptions<T> { Windows = windows, Errors = errors });
    }

    /// <summary>Cuts each key's rows into windows that the user's own code assigns.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">Assigns windows to rows.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the
    /// job's options say.</param>
    public static WindowedStream<TKey, T> Window<TKey,
        T>(this KeyedStream<TKey, T> source, string name, WindowAssigner<T> windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(source, name, new WindowOptions<T> { OwnWindows = windows, Errors = errors });
    }

    /// <summary>Cuts each key's rows into windows by their number.</summary>
    /// <param name="source">The keyed rows.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">How many rows.</param>
    /// <param name="errors">What becomes of a row, or of a result, on which user code throws; null: as the job's options say.</param>
    public static CountedStream<TKey, T> Window<TKey,
        T>(this KeyedStream<TKey, T> source, string name, CountWindows windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new CountedStream<TKey, T>(source, name, windows, errors);
    }
}

/// <summary>
/// Keyed rows in windows. Unless said otherwise: one result per key and window, when it is complete; a row that comes after that goes to
/// the dead letters.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class WindowedStream<TKey, T> : WindowSteps<WindowedStream<TKey, T>, T>
{
    private readonly KeyedStream<TKey, T> _source;

    internal WindowedStream(KeyedStream<TKey, T> source, string name, WindowOptions<T> options)
        : base(source.Stream.Pipeline, name, options) => _source = source;

    /// <summary>Each pane holds everything that came so far; so it is unless said otherwise.</summary>
    public WindowedStream<TKey, T> Accumulating() => With(Options with { Mode = PaneMode.Accumulating });

    /// <summary>Each pane holds what came since the pane before it.</summary>
    public WindowedStream<TKey, T> Discarding() => With(Options with { Mode = PaneMode.Discarding });

    /// <summary>Each pane holds everything that came so far, and takes the pane before it back.</summary>
    public RetractingStream<TKey, T> Retracting() => new(_source, Name, Options with { Mode = PaneMode.Retracting });

    /// <summary>Aggregates rows in the actor that they come from, and sends what they add up to, not the rows, to the region of their
    /// key: for keys of which one, or a
    /// few, have most of the rows, and would keep one region busy while the others wait.</summary>
    /// <remarks>
    /// <para>Same results: what may be late is sent as it is. Each upstream actor holds up to 1,024 pairs of key and window, none across
    /// an epoch or a watermark. Where
    /// every key is rare it costs a little and gives nothing. The counter <c>rows</c> then counts what arrives at the region.</para>
    /// <para>For tumbling and hopping windows that fire once, when they are complete, and aggregates that can be merged. With
    /// <c>ErrorPolicy.Skip</c>, accumulators that
    /// cannot be merged (a sum that overflows) are skipped as a whole.</para>
    /// </remarks>
    public WindowedStream<TKey, T> TwoPhase() => With(Options with { IsTwoPhase = true });

    /// <summary>Folds the rows of each key and window.</summary>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/> for each pane, at the last event time of the window. Keys come in
    /// no promised order.</returns>
    /// <remarks>Keeps one accumulator per key and open window. Windows that merge merge their accumulators.</remarks>
    /// <exception cref="PipelineException">
    /// The name is taken, the windows merge and the aggregate cannot, a row is in too many windows (<c>Window.Hopping</c>), or
    /// lateness cannot be judged by source here.
    /// </exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TOut>(Aggregate<T, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return aggregate.Use(new Plain<TOut>(this));
    }

    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})"/>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Max(order => order.Total)</c>.</param>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TOut>(Func<AggregateStart<T>, Aggregate<T, TOut>> aggregates) =>
        Aggregate(ActorStreams.Aggregate.Of<T>().And(aggregates));

    /// <summary>Makes one row of all rows of each key and window, two by two, in the order of their arrival.</summary>
    /// <param name="reduce">(so far, row) → T; a new row, which changes neither. Associative where windows merge or overlap.</param>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/>, as of <c>Aggregate</c>.</returns>
    /// <remarks>Keeps one row per open window and key.</remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<WindowResult<TKey, T>> Reduce(Func<T, T, T> reduce) => Aggregate(a => a.Reduce(reduce));

    /// <summary>Runs a function on all rows of each pane of a key and window, instead of folding them.</summary>
    /// <param name="process">(pane) → TOut, any number of them. It must not change the rows.</param>
    /// <returns>(TKey, T) → what the function gives, at the event time of the pane.</returns>
    /// <remarks>
    /// <para>Keeps every row of every open window, and stores all rows of a window again in each epoch that adds one: aggregate first
    /// where that is possible,
    /// and look at key and window in a <c>Map</c> of the results. Rows are stored, so they need a codec.</para>
    /// <para>Where the function throws and panes are skipped (<see cref="ErrorPolicy.Skip"/>), what it gave before stays.</para>
    /// </remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<TOut> Process<TOut>(Func<WindowRows<TKey, T>, IEnumerable<TOut>> process) =>
        Aggregate(a => a.Collect(row => row)).Process(process, Name, Options.Errors);

    internal Stream<WindowResult<TKey, TOut>> AddPlain<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        WindowOptions<T> options = Options.Normal();
        CheckLateness();
        return options switch
        {
            { IsTwoPhase: true } => ActorStreams.Operators.Windows.Phases.TwoPhase.Add(_source, Name, options, aggregate),
            { FiresOnceOnTime: true, Windows: IPartitionOfTime partition and not GlobalWindows } =>
                Add(new TumblingNode<TKey, T, TAgg, TAcc, TOut>(Name, _source, options, partition, aggregate) { Errors = options.Errors }),
            { FiresOnceOnTime: true, IsBySource: false, Windows: HoppingWindows hopping } when aggregate.CanMerge =>
                Add(new HoppingNode<TKey, T, TAgg, TAcc, TOut>(Name, _source, options, hopping, aggregate) { Errors = options.Errors }),
            { FiresOnceOnTime: true, Windows: SessionWindows sessions } when aggregate.CanMerge =>
                Add(new SessionNode<TKey, T, TAgg, TAcc, TOut>(Name, _source, options, sessions, aggregate) { Errors = options.Errors }),
            _ => AddGeneral(new PlainWindowNode<TKey, T, TAgg, TAcc, TOut>(Name, _source, options, aggregate) { Errors = options.Errors },
                aggregate),
        };
    }

    internal Stream<Change<WindowResult<TKey, TOut>>> AddRetracting<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut> =>
        AddGeneral(new RetractingWindowNode<TKey, T, TAgg, TAcc, TOut>(Name, _source, Options.Normal(),
            aggregate)
        { Errors = Options.Errors }, aggregate);

    private Stream<TRow> AddGeneral<TAgg, TAcc, TOut,
        TRow>(WindowNode<TKey, T, TAgg, TAcc, TOut, TRow> node, Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        if (Options.Merges)
            aggregate.CheckMerges(_source.Stream.Pipeline.Name, Name, Options.Windows?.ToString() ?? Options.OwnWindows!.Definition);
        if (Options.Windows?.WindowsPerRow > WindowAssigner.MostOneByOne)
        {
            throw new PipelineException($"Pipeline '{_source.Stream.Pipeline.Name}', operator '{Name}': with {Options.Windows} " +
                FormattableString.Invariant(
                    $"each row is in {Options.Windows.WindowsPerRow:N0} windows, and the most is {WindowAssigner.MostOneByOne:N0} where it has to be added to each of them: ") +
                (aggregate.WhyNotMerge
                    ?? "with a trigger, allowed lateness, other times of results, panes taken back, lateness judged by source, or in processing time") + ". Take a longer slide or a shorter size, or do without.");
        }

        return Add(node);
    }

    internal void CheckLateness()
    {
        if (Options.IsBySource)
            SourceLateness.Check(_source.Stream.Pipeline.Name, Name, _source.Stream.Node, Options);
    }

    private Stream<TRow> Add<TAgg, TAcc, TOut, TRow>(WindowAggregateNode<TKey, T, TAgg, TAcc, TOut, TRow> node)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        Stream<TRow> results = _source.Stream.Add(node);
        node.Late.Open(_source.Stream.Pipeline, node);
        return results;
    }

    private protected override WindowedStream<TKey, T> With(WindowOptions<T> options) => new(_source, Name, options);

    private sealed class Plain<TOut>(WindowedStream<TKey, T> windows) : IAggregateUse<T, TOut, Stream<WindowResult<TKey, TOut>>>
    {
        public Stream<WindowResult<TKey, TOut>> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TOut> => windows.AddPlain(aggregate);
    }
}

/// <summary>Keyed rows in windows whose panes take back the ones before them.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class RetractingStream<TKey, T> : WindowSteps<RetractingStream<TKey, T>, T>
{
    private readonly KeyedStream<TKey, T> _source;

    internal RetractingStream(KeyedStream<TKey, T> source, string name, WindowOptions<T> options)
        : base(source.Stream.Pipeline, name, options) => _source = source;

    /// <summary>Folds the rows of each key and window.</summary>
    /// <returns>
    /// (TKey, T) → for each pane the result with weight +1; before it, with weight -1, the pane that it replaces: all panes, where
    /// windows that had
    /// panes were merged. What is left when all are added up is the last pane of each window.
    /// </returns>
    /// <remarks>Keeps one accumulator and the last result per key and open window: results are stored, so they need a codec.</remarks>
    /// <exception cref="PipelineException">The name is taken, a row is in too many windows (<c>Window.Hopping</c>), or lateness
    /// cannot be judged by source here.</exception>
    public Stream<Change<WindowResult<TKey, TOut>>> Aggregate<TOut>(Aggregate<T, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        var windows = new WindowedStream<TKey, T>(_source, Name, Options);
        windows.CheckLateness();
        return aggregate.Use(new Changing<TOut>(windows));
    }

    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})"/>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Max(order => order.Total)</c>.</param>
    public Stream<Change<WindowResult<TKey, TOut>>> Aggregate<TOut>(Func<AggregateStart<T>, Aggregate<T, TOut>> aggregates) =>
        Aggregate(ActorStreams.Aggregate.Of<T>().And(aggregates));

    /// <summary>Makes one row of all rows of each key and window, two by two, in the order of their arrival.</summary>
    /// <param name="reduce">(so far, row) → T; a new row, which changes neither. Associative where windows merge or overlap.</param>
    /// <returns>(TKey, T) → changes of <see cref="WindowResult{TKey, TResult}"/>, as of <c>Aggregate</c>.</returns>
    /// <remarks>Keeps one row per open window, and the last one that came out.</remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<Change<WindowResult<TKey, T>>> Reduce(Func<T, T, T> reduce) => Aggregate(a => a.Reduce(reduce));

    /// <summary>Runs a function on all rows of each pane, instead of folding them.</summary>
    /// <param name="process">(pane) → TOut, any number of them. It must not change the rows; it is called again for a pane that is taken
    /// back, and must give the same.</param>
    /// <returns>(TKey, T) → for each pane what the function gives, with weight +1; before it, with weight -1, what it gave for the pane
    /// that is replaced.</returns>
    /// <remarks>
    /// <para>Keeps every row of every open window, and stores all rows of a window again in each epoch that adds one: aggregate first
    /// where that is possible,
    /// and look at key and window in a <c>Map</c> of the results. Rows are stored, so they need a codec.</para>
    /// <para>Where the function throws and panes are skipped (<see cref="ErrorPolicy.Skip"/>), what it gave before stays.</para>
    /// </remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<Change<TOut>> Process<TOut>(Func<WindowRows<TKey, T>, IEnumerable<TOut>> process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return Aggregate(a => a.Collect(row => row)).FlatMap(
            pane => process(new WindowRows<TKey, T>(pane.Row.Key, pane.Row.Window, pane.Row.Pane, pane.Row.Result))
                .Select(row => new Change<TOut>(row, pane.Weight)),
            $"{Name}-process", Options.Errors);
    }

    private protected override RetractingStream<TKey, T> With(WindowOptions<T> options) => new(_source, Name, options);

    private sealed class Changing<TOut>(WindowedStream<TKey, T> windows)
        : IAggregateUse<T, TOut, Stream<Change<WindowResult<TKey, TOut>>>>
    {
        public Stream<Change<WindowResult<TKey, TOut>>> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TOut> =>
            windows.AddRetracting(aggregate);
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
    /// <returns>(TKey, T) → a result after every slide of rows, in <see cref="GlobalWindows.Window"/>; rows short of a slide give one at
    /// the end of a bounded input.</returns>
    /// <remarks>With a slide other than the size: keeps the last size rows of every key. What a row that leaves costs is as for
    /// <see cref="OverStream{TKey, T}.Aggregate{TOut}(Aggregate{T, TOut})"/>.</remarks>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TOut>(Aggregate<T, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (_windows.Size != _windows.Slide)
            return aggregate.Use(new Sliding<TOut>(this));
        return _source.Window(_name, Window.Global(), _errors).Trigger(ActorStreams.Trigger.AfterCount(_windows.Size).Repeatedly())
            .Discarding().OnTime(FiringBehaviour.FireIfNonEmpty).Aggregate(aggregate);
    }

    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})"/>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Max(order => order.Total)</c>.</param>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TOut>(Func<AggregateStart<T>, Aggregate<T, TOut>> aggregates) =>
        Aggregate(ActorStreams.Aggregate.Of<T>().And(aggregates));

    /// <summary>Makes one row of all rows of each key and window, two by two, in the order of their arrival.</summary>
    /// <param name="reduce">(so far, row) → T; a new row, which changes neither. Associative where windows merge or overlap.</param>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/>, as of <c>Aggregate</c>.</returns>
    /// <remarks>Keeps one row per open window and key.</remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<WindowResult<TKey, T>> Reduce(Func<T, T, T> reduce) => Aggregate(a => a.Reduce(reduce));

    /// <summary>Runs a function on all rows of each pane of a key and window, instead of folding them.</summary>
    /// <param name="process">(pane) → TOut, any number of them. It must not change the rows.</param>
    /// <returns>(TKey, T) → what the function gives, at the event time of the pane.</returns>
    /// <remarks>
    /// <para>Keeps every row of every open window, and stores all rows of a window again in each epoch that adds one: aggregate first
    /// where that is possible,
    /// and look at key and window in a <c>Map</c> of the results. Rows are stored, so they need a codec.</para>
    /// <para>Where the function throws and panes are skipped (<see cref="ErrorPolicy.Skip"/>), what it gave before stays.</para>
    /// </remarks>
    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})" path="/exception"/>
    public Stream<TOut> Process<TOut>(Func<WindowRows<TKey, T>, IEnumerable<TOut>> process) =>
        Aggregate(a => a.Collect(row => row)).Process(process, _name, _errors);

    private sealed class Sliding<TOut>(CountedStream<TKey, T> counted) : IAggregateUse<T, TOut, Stream<WindowResult<TKey, TOut>>>
    {
        public Stream<WindowResult<TKey, TOut>> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TOut> => counted._source.Stream.Add(
                new SlidingCountNode<TKey, T, TAgg, TAcc, TOut>(counted._name, counted._source, counted._windows, aggregate)
                {
                    Errors = counted._errors,
                });
    }
}

using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows;
using ActorStreams.Operators.Windows.PerKey;

namespace ActorStreams;

/// <summary>Windows that each key completes by itself.</summary>
public static class PerKeyWindowOperator
{
    /// <summary>Cuts each key's rows into windows by event time, complete by the key's own watermark; say next what to compute of
    /// each.</summary>
    /// <param name="source">The keyed rows, each key with a watermark of its own.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">The kind of windows: see <see cref="WindowKinds"/>. Windows in processing time close by the clock for all
    /// keys, and are refused.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the
    /// job's options say.</param>
    /// <exception cref="PipelineException">The windows are in processing time, or a row would be in more than 10,000 of them.</exception>
    public static PerKeyWindowedStream<TKey, T> Window<TKey,
        T>(this KeyWatermarkedStream<TKey, T> source, string name, WindowAssigner windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(windows);
        string where = $"Pipeline '{source.Keyed.Stream.Pipeline.Name}', operator '{name}'";
        if (windows.IsProcessingTime)
            throw new PipelineException(
                $"{where}: {windows} close by the clock, not by a key's watermark. Leave out {nameof(KeyWatermarking.WithKeyWatermarks)}, or take them in event time.");
        if (windows.WindowsPerRow > WindowAssigner.MostOneByOne)
        {
            throw new PipelineException(
                FormattableString.Invariant($"{where}: with {windows} each row is in {windows.WindowsPerRow:N0} windows, ") +
                FormattableString.Invariant(
                    $"and the most is {WindowAssigner.MostOneByOne:N0} where keys have watermarks of their own. Take a longer slide or a shorter size."));
        }

        return new PerKeyWindowedStream<TKey, T>(source, name, new PerKeyAssigner<T>(windows, null), errors);
    }

    /// <summary>Cuts each key's rows into windows that the user's own code assigns, complete by the key's own watermark; say next what to
    /// compute of each.</summary>
    /// <param name="source">The keyed rows, each key with a watermark of its own.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">Assigns windows to rows.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the
    /// job's options say.</param>
    public static PerKeyWindowedStream<TKey, T> Window<TKey,
        T>(this KeyWatermarkedStream<TKey, T> source, string name, WindowAssigner<T> windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(windows);
        return new PerKeyWindowedStream<TKey, T>(source, name, new PerKeyAssigner<T>(null, windows), errors);
    }
}

/// <summary>Keyed rows in windows that close key by key. A row that comes after its key's window is complete goes to the dead letters
/// unless said otherwise.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class PerKeyWindowedStream<TKey, T> : WithLateRows<PerKeyWindowedStream<TKey, T>, T>
{
    private readonly KeyWatermarkedStream<TKey, T> _source;
    private readonly PerKeyAssigner<T> _assigner;
    private readonly ErrorPolicy? _errors;
    private readonly LateRows<T> _late;

    internal PerKeyWindowedStream(KeyWatermarkedStream<TKey, T> source, string name, PerKeyAssigner<T> assigner, ErrorPolicy? errors,
        LateRows<T> late = default)
        : base(source.Keyed.Stream.Pipeline, name) => (_source, _assigner, _errors, _late) = (source, assigner, errors, late);

    /// <summary>Folds the rows of each key and window; one result when the key's watermark reaches the window's end, when the key has
    /// been silent for too long,
    /// or when the input ends.</summary>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/>; the windows of one key in the order of their ends. The event time
    /// of a result is the last one of its window,
    /// or the stream's watermark where that is further: a slow key's results are not late downstream.</returns>
    /// <remarks>Keeps one accumulator per key and open window, and what the key's watermark needs.</remarks>
    /// <exception cref="PipelineException">The name is taken, or the windows merge and the aggregate does not.</exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TOut>(Aggregate<T, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (_assigner.Merges)
            aggregate.CheckMerges(_source.Keyed.Stream.Pipeline.Name, Name, _assigner.ToString());
        return aggregate.Use(new PerKey<TOut>(this));
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
        Aggregate(a => a.Collect(row => row)).Process(process, Name, _errors);

    private protected override PerKeyWindowedStream<TKey, T> With(LateRows<T> late) => new(_source, Name, _assigner, _errors, late);

    private sealed class PerKey<TOut>(PerKeyWindowedStream<TKey, T> windows) : IAggregateUse<T, TOut, Stream<WindowResult<TKey, TOut>>>
    {
        public Stream<WindowResult<TKey, TOut>> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TOut>
        {
            Stream<T> rows = windows._source.Keyed.Stream;
            var node = new PerKeyWindowNode<TKey, T, TAgg, TAcc, TOut>(
                windows.Name, windows._source, windows._assigner, aggregate, windows._late)
            { Errors = windows._errors };
            Stream<WindowResult<TKey, TOut>> results = rows.Add(node);
            node.Late.Open(rows.Pipeline, node);
            return results;
        }
    }
}

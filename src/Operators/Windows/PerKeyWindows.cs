using ActorStreams.Core;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Windows.Runtime;

namespace ActorStreams.Operators.Windows;

/// <summary>Windows that each key completes by itself.</summary>
public static class PerKeyWindowOperator
{
    /// <summary>Cuts each key's rows into windows by event time, complete by the key's own watermark; say next what to compute of each.</summary>
    /// <param name="source">The keyed rows, each key with a watermark of its own.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">The kind of windows.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the job's options say.</param>
    public static PerKeyWindowedStream<TKey, T> Window<TKey, T>(
        this KeyWatermarkedStream<TKey, T> source, string name, TumblingWindows windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(windows);
        return new PerKeyWindowedStream<TKey, T>(source, name, windows, errors);
    }
}

/// <summary>Keyed rows in windows that close key by key. A row that comes after its key's window is complete goes to the dead letters unless said otherwise.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class PerKeyWindowedStream<TKey, T>
{
    private readonly KeyWatermarkedStream<TKey, T> _source;
    private readonly string _name;
    private readonly TumblingWindows _windows;
    private readonly ErrorPolicy? _errors;
    private readonly LateRows<T> _late;

    internal PerKeyWindowedStream(KeyWatermarkedStream<TKey, T> source, string name, TumblingWindows windows, ErrorPolicy? errors, LateRows<T> late = default) =>
        (_source, _name, _windows, _errors, _late) = (source, name, windows, errors, late);

    /// <summary>Late rows are gone, counted by the operator as <c>late_dropped</c>.</summary>
    public PerKeyWindowedStream<TKey, T> DropLate() => With(LateRows<T>.Dropped);

    /// <summary>Late rows come out of <paramref name="late"/>, to be read after <see cref="Aggregate"/> was called.</summary>
    public PerKeyWindowedStream<TKey, T> LateTo(out LateStream<T> late) => With(LateRows<T>.To(late = new LateStream<T>(_name)));

    /// <summary>Folds the rows of each key and window; one result when the key's watermark reaches the window's end, when the key has been silent for too long,
    /// or when the input ends.</summary>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/>; the windows of one key in order. The event time of a result is the last one of its window,
    /// or the stream's watermark where that is further: a slow key's results are not late downstream.</returns>
    /// <remarks>Keeps one accumulator per key and open window, and what the key's watermark needs.</remarks>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        Stream<T> rows = _source.Keyed.Stream;
        var node = new PerKeyTumblingNode<TKey, T, TAgg, TAcc, TOut>(_name, _source, _windows, aggregate, _late) { Errors = _errors };
        Stream<WindowResult<TKey, TOut>> results = rows.Add(node);
        node.Late.Open(rows.Pipeline, node);
        return results;
    }

    private PerKeyWindowedStream<TKey, T> With(LateRows<T> late) => new(_source, _name, _windows, _errors, late);
}

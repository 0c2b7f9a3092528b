using ActorStreams.Core.Actors;
using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams.Operators.Windows;

/// <summary>Windows over keyed streams.</summary>
public static class WindowOperator
{
    /// <summary>Cuts each key's rows into windows by event time; say next what to compute of each.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">The kind of windows.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the job's options say.</param>
    public static WindowedStream<TKey, T> Window<TKey, T>(this KeyedStream<TKey, T> source, string name, TumblingWindows windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(source, name, windows, errors);
    }
}

/// <summary>What becomes of a row whose window is complete already.</summary>
internal enum LateRows
{
    DeadLetter,
    Drop,
    Output,
}

/// <summary>Keyed rows in windows. A row that comes after its window is complete goes to the dead letters unless said otherwise.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class WindowedStream<TKey, T>
{
    private readonly KeyedStream<TKey, T> _source;
    private readonly string _name;
    private readonly TumblingWindows _windows;
    private readonly ErrorPolicy? _errors;
    private LateRows _late;
    private LateStream<T>? _lateStream;

    internal WindowedStream(KeyedStream<TKey, T> source, string name, TumblingWindows windows, ErrorPolicy? errors) =>
        (_source, _name, _windows, _errors) = (source, name, windows, errors);

    /// <summary>Late rows are gone, counted by the operator as <c>late_dropped</c>.</summary>
    public WindowedStream<TKey, T> DropLate() => With(LateRows.Drop, null);

    /// <summary>Late rows come out of <paramref name="late"/>, to be read after <see cref="Aggregate"/> was called.</summary>
    public WindowedStream<TKey, T> LateTo(out LateStream<T> late)
    {
        late = new LateStream<T>(_name);
        return With(LateRows.Output, late);
    }

    /// <summary>Folds the rows of each key and window; one result when the window is complete.</summary>
    /// <returns>(TKey, T) → <see cref="WindowResult{TKey, TResult}"/>, at the last event time of the window. Keys come in no promised order.</returns>
    /// <remarks>Keeps one accumulator per key and open window.</remarks>
    /// <exception cref="Core.PipelineException">The name is taken.</exception>
    public Stream<WindowResult<TKey, TOut>> Aggregate<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut>
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        var node = new TumblingNode<TKey, T, TAgg, TAcc, TOut>(_name, _source, _windows, aggregate, _late) { Errors = _errors };
        Stream<WindowResult<TKey, TOut>> results = _source.Stream.Add(node);
        if (_lateStream is not null)
        {
            var side = new SideNode<T>($"{_name}-late", node);
            node.LateNode = side;
            _lateStream.Stream = _source.Stream.Add(side);
        }

        return results;
    }

    private WindowedStream<TKey, T> With(LateRows late, LateStream<T>? stream) =>
        new(_source, _name, _windows, _errors) { _late = late, _lateStream = stream };
}

/// <summary>The late rows of a window operator.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class LateStream<T>
{
    private readonly string _name;

    internal LateStream(string name) => _name = name;

    /// <summary>The rows, with their own event times.</summary>
    /// <exception cref="Core.PipelineException">The window operator is not built yet.</exception>
    public Stream<T> Stream
    {
        get => field ?? throw new Core.PipelineException($"The late rows of '{_name}' can be read after its Aggregate was called.");
        internal set;
    }

    /// <summary>Writes the late rows to a sink.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink.</param>
    public void Write(string name, Core.Sinks.Sink<T> sink) => Stream.Write(name, sink);
}

using ActorStreams.Core.Jobs;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Time;
using ActorStreams.Operators.Aggregates;
using ActorStreams.Operators.Stateless;

namespace ActorStreams.Operators.Windows;

/// <summary>Windows over all rows of a stream, without keys.</summary>
public static class WindowAllOperator
{
    /// <summary>Cuts all rows into windows by event time: each actor that rows come from adds up its own, one region adds these up.</summary>
    /// <param name="source">The rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the windows' state is stored under it.</param>
    /// <param name="windows">Tumbling or hopping windows.</param>
    /// <param name="errors">What becomes of a row, or of a pane when its result is computed, on which user code throws; null: as the job's options say.</param>
    public static WindowedAll<T> WindowAll<T>(this Stream<T> source, string name, WindowAssigner windows, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new WindowedAll<T>(source.KeyBy(static _ => (byte)0).Window(name, windows, errors).TwoPhase());
    }
}

/// <summary>All rows of a stream in windows. A row that comes after its window is complete goes to the dead letters unless said otherwise.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class WindowedAll<T>
{
    private readonly WindowedStream<byte, T> _windows;

    internal WindowedAll(WindowedStream<byte, T> windows) => _windows = windows;

    /// <summary>Late rows are gone, counted by the operator as <c>late_dropped</c>.</summary>
    public WindowedAll<T> DropLate() => new(_windows.DropLate());

    /// <summary>Late rows come out of <paramref name="late"/>, to be read after <see cref="Aggregate"/> was called.</summary>
    public WindowedAll<T> LateTo(out LateStream<T> late) => new(_windows.LateTo(out late));

    /// <summary>Folds the rows of each window; one result when it is complete.</summary>
    /// <returns>T → <see cref="WindowResult{TResult}"/>, at the last event time of the window. A window without rows gives none.</returns>
    /// <remarks>Keeps one accumulator per open window (per slice of it where windows overlap), and one in each upstream actor until the next watermark or barrier.</remarks>
    /// <exception cref="Core.PipelineException">The name is taken, the windows are of another kind, or the aggregate cannot be merged.</exception>
    public Stream<WindowResult<TOut>> Aggregate<TAgg, TAcc, TOut>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<T, TAcc, TOut> =>
        _windows.Aggregate(aggregate).Map(result => new WindowResult<TOut>(result.Window, result.Result));
}

/// <summary>The result of one window over all rows.</summary>
/// <typeparam name="TResult">The aggregate's result.</typeparam>
/// <param name="Window">The window; the result's event time is <c>Window.MaxTime</c>.</param>
/// <param name="Result">The aggregate's result.</param>
public readonly record struct WindowResult<TResult>(Window Window, TResult Result);

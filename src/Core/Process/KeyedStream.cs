using ActorStreams.Core.Codecs;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Process;
using ActorStreams.Core.Regions;

namespace ActorStreams;

/// <summary>Rows grouped by key. Keyed operators are extension methods; each needs a name, because it keeps state.</summary>
/// <typeparam name="TKey">The key; stored, so it needs a codec.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class KeyedStream<TKey, T>
{
    internal KeyedStream(Stream<T> stream, Func<T, TKey> keyOf) => (Stream, KeyOf) = (stream, NestingBound.Of(keyOf));

    /// <summary>The rows without their grouping.</summary>
    public Stream<T> Stream { get; }

    internal Func<T, TKey> KeyOf { get; }

    /// <summary>Runs user code on every row, with state per key and timers.</summary>
    /// <param name="name">Stable and unique in the pipeline: states and timers are stored under it.</param>
    /// <param name="create">Makes an instance; called once for each region, and once more to check the states.</param>
    /// <param name="errors">What becomes of a row or timer on which user code throws; null: as the job's options say. A skipped row leaves
    /// no trace in the states.</param>
    /// <returns>(TKey, T) → whatever the function emits.</returns>
    public ProcessedStream<TOut> Process<TOut>(string name, Func<ProcessFunction<TKey, T, TOut>> create, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        var node = new UserCodeNode<TKey, T, TOut, ProcessFunction<TKey, T, TOut>>(name, "process", this, create,
            static (site, output, function, code) => new ProcessRegion<TKey, T, TOut>(site, output, function, code))
        { Errors = errors };
        Stream.Pipeline.Add(node);
        return new ProcessedStream<TOut>(Stream.Pipeline, node, node.Outputs);
    }

    /// <summary>Puts another keyed stream beside this one: user code then sees the rows of both, with state that they share.</summary>
    /// <param name="right">The other stream, by the same type of key.</param>
    public ConnectedStreams<TKey, T, TRight> Connect<TRight>(KeyedStream<TKey, TRight> right)
    {
        ArgumentNullException.ThrowIfNull(right);
        return new ConnectedStreams<TKey, T, TRight>(this, right);
    }

    /// <summary>Keeps an event-sourced entity per key: each row is decided into events, events are journaled, applied, and are the
    /// output.</summary>
    /// <param name="name">Stable and unique in the pipeline: events and states are stored under it.</param>
    /// <param name="decide">(state, row) → events; may refuse by giving none or one that says so; must not change the state.</param>
    /// <param name="apply">(state, event) → the next state; used live and in replay, so: no input but its arguments, and it must not
    /// fail.</param>
    /// <param name="initial">The state of a key that has none; null: a new <typeparamref name="TState"/> by its parameterless constructor,
    /// or a struct's default.</param>
    /// <param name="timeToLive">How long an entity lives after its last event; one whose life is over begins anew. Null: for ever.</param>
    /// <param name="errors">What becomes of a row on which <paramref name="decide"/> throws; null: as the job's options say.</param>
    /// <returns>(TKey, T) → TEvent, at the row's event time.</returns>
    /// <exception cref="PipelineException">There is no <paramref name="initial"/> and no parameterless constructor.</exception>
    public EventSourcedStream<TKey, TState, TEvent> EventSourced<TState, TEvent>(
        string name, Func<TState, T, IEnumerable<TEvent>> decide, Func<TState, TEvent, TState> apply, Func<TState>? initial = null,
        TimeToLive? timeToLive = null, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(decide);
        ArgumentNullException.ThrowIfNull(apply);
        if (initial is null && !typeof(TState).IsValueType && typeof(TState).GetConstructor(Type.EmptyTypes) is null)
        {
            throw new PipelineException(
                $"Pipeline '{Stream.Pipeline.Name}', operator '{name}': {typeof(TState).Name} has no parameterless constructor, " +
                "so say what a new entity looks like: initial: () => …");
        }

        var node = new EventSourcedNode<TKey, T, TState, TEvent>(
            name, this, initial ?? Activator.CreateInstance<TState>, decide, apply, timeToLive)
        { Errors = errors };
        Stream.Pipeline.Add(node);
        return new EventSourcedStream<TKey, TState, TEvent>(Stream.Pipeline, node);
    }
}

/// <summary>Two streams by the same key, for user code that sees both.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TLeft">The left row.</typeparam>
/// <typeparam name="TRight">The right row.</typeparam>
public sealed class ConnectedStreams<TKey, TLeft, TRight>
{
    private readonly KeyedStream<TKey, TLeft> _left;
    private readonly KeyedStream<TKey, TRight> _right;

    internal ConnectedStreams(KeyedStream<TKey, TLeft> left, KeyedStream<TKey, TRight> right) => (_left, _right) = (left, right);

    /// <summary>Runs user code on every row of both, with state per key and timers.</summary>
    /// <param name="name">Stable and unique in the pipeline: states and timers are stored under it.</param>
    /// <param name="create">Makes an instance; called once for each region, and once more to check the states.</param>
    /// <param name="errors">What becomes of a row or timer on which user code throws; null: as the job's options say. A skipped row leaves
    /// no trace in the states.</param>
    /// <returns>(TKey, TLeft), (TKey, TRight) → whatever the function emits. How the two are interleaved is not promised; the watermark is
    /// the least of both.</returns>
    /// <exception cref="PipelineException">The name is taken, or the streams belong to two pipelines.</exception>
    public ProcessedStream<TOut> Process<TOut>(
        string name, Func<CoProcessFunction<TKey, TLeft, TRight, TOut>> create, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        return Process<TOut, CoProcessFunction<TKey, TLeft, TRight, TOut>>(name, "co-process", create,
            static (site, output, function, code) => new CoProcessRegion<TKey, TLeft, TRight, TOut>(site, output, function, code), errors);
    }

    internal ProcessedStream<TOut> Process<TOut, TFunction>(string name, string kind, Func<TFunction> create,
        Func<TwoInputSite<TKey, TLeft, TRight>, Receiver<TOut>, TFunction, UserCodeInstance<TKey>,
            TwoInputOperator<TKey, TLeft, TRight, TOut>> region,
        ErrorPolicy? errors)
        where TFunction : KeyedFunction<TKey>
    {
        TwoInputUserCodeNode<TKey, TLeft, TRight, TOut, TFunction>? node = null;
        TwoInputs.Add(_left, _right, name, (left, right) => node = new(name, kind, left, right, create, region) { Errors = errors });
        return new ProcessedStream<TOut>(_left.Stream.Pipeline, node!, node!.Outputs);
    }
}

using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Sources;

namespace ActorStreams;

/// <summary>Rows on their way: the output of a node, for others to read. Operators are extension methods.</summary>
/// <typeparam name="T">The row.</typeparam>
public class Stream<T>
{
    private readonly string? _unopened;
    private readonly StreamNode? _named;
    private StreamNode<T>? _node;

    internal Stream(Pipeline pipeline, StreamNode<T> node) => (Pipeline, _node) = (pipeline, node);

    /// <summary>The last step of an operator that is several in the graph.</summary>
    /// <param name="pipeline">The pipeline it belongs to.</param>
    /// <param name="node">The last step.</param>
    /// <param name="named">The step that has the operator's name, and counts for it.</param>
    internal Stream(Pipeline pipeline, StreamNode<T> node, StreamNode named)
        : this(pipeline, node) => _named = named;

    /// <summary>A further output of an operator that is still being described; there are rows to read once it is opened.</summary>
    /// <param name="pipeline">The pipeline it belongs to.</param>
    /// <param name="unopened">What to say to whoever reads it before: what it is, and when it can be read.</param>
    internal Stream(Pipeline pipeline, string unopened) => (Pipeline, _unopened) = (pipeline, unopened);

    /// <summary>The pipeline it belongs to.</summary>
    public Pipeline Pipeline { get; }

    /// <summary>The operator that puts the rows out: a handle, to ask a running job about it without naming it again.</summary>
    /// <exception cref="PipelineException">It is a further output of an operator that has not been completed by its last verb.</exception>
    public OperatorHandle Operator => new(Named.Name);

    /// <summary>The step that has the operator's name.</summary>
    internal StreamNode Named => _named ?? Node;

    /// <exception cref="PipelineException">The operator whose output it is has not been completed by its last verb.</exception>
    internal StreamNode<T> Node => _node ?? throw new PipelineException($"Pipeline '{Pipeline.Name}': {_unopened}");

    /// <summary>Writes the rows to a sink. A stream can be written to several.</summary>
    /// <param name="name">Stable and unique in the pipeline.</param>
    /// <param name="sink">The sink; its documentation says what it guarantees.</param>
    /// <returns>The sink's handle, to ask a running job about it.</returns>
    /// <exception cref="PipelineException">The name is taken, or the rows take earlier ones back (<see cref="ChangelogMode"/>) and the sink
    /// cannot.</exception>
    public OperatorHandle Write(string name, Sink<T> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (sink.Changelog < Node.Changelog)
            throw SinkCheck.Refused(Pipeline.Name, name, Node, sink.Description, sink.Changelog);
        Pipeline.Add(new SinkNode<T>(name, Node, sink));
        return new OperatorHandle(name);
    }

    /// <summary>What the operator that puts the rows out keeps for its keys: a handle for <c>job.Entity(handle, key)</c>.</summary>
    /// <typeparam name="TKey">The operator's key.</typeparam>
    /// <typeparam name="TState">What it keeps; see <see cref="EntityHandle{TKey, TState}"/>.</typeparam>
    /// <param name="state">The state's name where an operator has several, as a process function declares them; null: its first.</param>
    /// <exception cref="PipelineException">The operator keeps nothing by such keys, or has no state of that name.</exception>
    public EntityHandle<TKey, TState> EntitiesOf<TKey, TState>(string? state = null)
    {
        string where = $"Pipeline '{Pipeline.Name}', operator '{Named.Name}'";
        if (Named.StatesOf(typeof(TKey)) is not { } names)
            throw new PipelineException($"{where} [{Named.Kind}] keeps nothing for keys of type {typeof(TKey).Name}.");
        if (state is not null && !names.Contains(state, StringComparer.Ordinal))
            throw new PipelineException(
                $"{where} has no state '{state}'; it has {string.Join(", ", names.Select(known => $"'{known}'"))}.");
        return new EntityHandle<TKey, TState>(Named.Name, state);
    }

    /// <summary>The same rows, as those of the operator that has this step.</summary>
    internal Stream<T> Of(StreamNode named) => new(Pipeline, Node, named);

    /// <summary>The operator is complete: this is where its rows come from.</summary>
    internal void Open(StreamNode<T> node) => _node = node;

    internal Stream<TOut> Add<TOut>(StreamNode<TOut> node)
    {
        Pipeline.Add(node);
        return new Stream<TOut>(Pipeline, node);
    }
}

/// <summary>The rows of a source, before anything is done to them: the place to say what time it is in them.</summary>
/// <typeparam name="T">The row.</typeparam>
public sealed class SourceStream<T> : Stream<T>
{
    internal SourceStream(Pipeline pipeline, SourceNode<T> node)
        : base(pipeline, node)
    {
    }

    /// <summary>Takes the event time from each row, and the watermark of each partition from its rows.</summary>
    /// <param name="timeOf">The instant at which the row happened.</param>
    /// <param name="watermarks">How far the data is complete; see <see cref="Watermarks"/>.</param>
    public Stream<T> WithEventTime(Func<T, DateTimeOffset> timeOf, WatermarkStrategy watermarks)
    {
        ArgumentNullException.ThrowIfNull(timeOf);
        ArgumentNullException.ThrowIfNull(watermarks);
        return With(new EventTimes<T>(null, timeOf, watermarks));
    }

    /// <summary>The same, for rows that carry microseconds since the Unix epoch (UTC).</summary>
    /// <param name="timeOf">Microseconds since 1970-01-01T00:00:00Z.</param>
    /// <param name="watermarks">How far the data is complete; see <see cref="Watermarks"/>.</param>
    public Stream<T> WithEventTime(Func<T, long> timeOf, WatermarkStrategy watermarks)
    {
        ArgumentNullException.ThrowIfNull(timeOf);
        ArgumentNullException.ThrowIfNull(watermarks);
        return With(new EventTimes<T>(timeOf, null, watermarks));
    }

    /// <summary>Keeps the event times that the source gives with its rows, and takes the watermark from them instead of from the
    /// source.</summary>
    /// <param name="watermarks">How far the data is complete; see <see cref="Watermarks"/>.</param>
    /// <exception cref="PipelineException">The source's rows come without event times
    /// (<see cref="Source{T}.CarriesEventTimes"/>).</exception>
    public Stream<T> WithWatermarks(WatermarkStrategy watermarks)
    {
        ArgumentNullException.ThrowIfNull(watermarks);
        if (!((SourceNode<T>)Node).CarriesEventTimes)
            throw new PipelineException(
                $"Pipeline '{Pipeline.Name}', source '{Node.Name}': its rows come without event times. Say where they are found, by {nameof(WithEventTime)}.");
        return With(new EventTimes<T>(null, null, watermarks));
    }

    private Stream<T> With(EventTimes<T> eventTimes)
    {
        var node = (SourceNode<T>)Node;
        if (node.EventTimes is not null)
            throw new PipelineException($"Pipeline '{Pipeline.Name}', source '{node.Name}': {nameof(WithEventTime)} was called twice.");
        try
        {
            eventTimes.Strategy.Begin<T>();
        }
        catch (PipelineException error)
        {
            throw new PipelineException($"Pipeline '{Pipeline.Name}', source '{node.Name}': {error.Message}", error);
        }

        node.EventTimes = eventTimes;
        return new Stream<T>(Pipeline, node);
    }
}

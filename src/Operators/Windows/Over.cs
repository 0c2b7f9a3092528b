using ActorStreams.Operators.Late;
using ActorStreams.Operators.Windows.General;
using ActorStreams.Operators.Windows.Running;

namespace ActorStreams;

/// <summary>Sliding aggregates, one result per row.</summary>
public static class OverOperator
{
    /// <summary>Looks from each row back at its key's rows before it; say next what to compute of them.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: the rows are stored under it.</param>
    /// <param name="frame">How far to look back: see <see cref="Frames"/>.</param>
    /// <param name="errors">What becomes of a row on which user code throws; null: as the job's options say.</param>
    public static OverStream<TKey, T> Over<TKey, T>(this KeyedStream<TKey, T> source, string name, Frame frame, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(frame);
        return new OverStream<TKey, T>(source, name, frame, new WindowOptions<T> { Errors = errors });
    }
}

/// <summary>A row, and what was computed of its frame.</summary>
/// <typeparam name="T">The row.</typeparam>
/// <typeparam name="TResult">The aggregate's result.</typeparam>
/// <param name="Row">The row as it came; the result's event time is its own.</param>
/// <param name="Result">The aggregate of the rows in its frame, itself included.</param>
public readonly record struct OverResult<T, TResult>(T Row, TResult Result);

/// <summary>Keyed rows, each with a frame that slides along. A row is late if the watermark had passed it when it came; it goes to the dead
/// letters unless said otherwise.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class OverStream<TKey, T> : WithLateRows<OverStream<TKey, T>, T>
{
    private readonly KeyedStream<TKey, T> _source;
    private readonly Frame _frame;
    private readonly WindowOptions<T> _options;

    internal OverStream(KeyedStream<TKey, T> source, string name, Frame frame, WindowOptions<T> options)
        : base(source.Stream.Pipeline, name) => (_source, _frame, _options) = (source, frame, options);

    /// <summary>Which watermark decides whether a row is late; the operator's,
    /// <see cref="ActorStreams.Lateness.ByOperator"/>, unless said.</summary>
    /// <remarks>By source, a row is late if the watermark of its own partition had passed it before it came. Which rows are late is then
    /// a function of the input, and so are
    /// the results of frames by range; by number, rows of one time and key from several partitions enter their frame in the order in
    /// which they came.</remarks>
    public OverStream<TKey, T> Lateness(Lateness judgement) => With(_options with { JudgedBy = judgement });

    /// <summary>Computes an aggregate for each row, over the rows of its frame.</summary>
    /// <returns>(TKey, T) → <see cref="OverResult{T, TResult}"/>, one per row at the row's own event time; those of a key in the order of
    /// event time.</returns>
    /// <remarks>
    /// <para>Rows wait until the watermark has passed them, in steps of a tenth of the frame (1 second at most). Keeps the rows that
    /// wait, and those that a later frame may
    /// need: by range, until the watermark has passed the key's last row by the size; by number, for good. Accumulators are not stored,
    /// but made of the rows again
    /// after a restart; so the aggregate may be changed between two runs, the frame may not.</para>
    /// <para>Cost of a row that leaves the frame: it is taken back where that is exact, or where the aggregate keeps its values one by
    /// one (counts, sums of integers,
    /// distinct counts, percentiles). Else, where accumulators can be merged (sums of floating-point numbers, extremes, sketches), frames
    /// are two stacks: about three merges a row,
    /// and an accumulator per row in memory. An aggregate that can neither take rows back nor merge is computed anew for each row: the
    /// rows of a frame, every time.</para>
    /// <para>A row that cannot be added is skipped as if it had never come. A row whose result throws has none; it counts for the rows
    /// after it.</para>
    /// </remarks>
    /// <exception cref="PipelineException">The name is taken, or lateness cannot be judged by source here.</exception>
    /// <seealso href="https://www.vldb.org/pvldb/vol8/p702-tangwongsan.pdf">General incremental sliding-window aggregation, on two stacks
    /// and their kin.</seealso>
    public Stream<OverResult<T, TOut>> Aggregate<TOut>(Aggregate<T, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        if (_options.IsBySource)
            SourceLateness.Check(_source.Stream.Pipeline.Name, Name, _source.Stream.Node, _options);
        return aggregate.Use(new Sliding<TOut>(this));
    }

    /// <inheritdoc cref="Aggregate{TOut}(Aggregate{T, TOut})"/>
    /// <param name="aggregates">What to compute: <c>a => a.Count().Max(order => order.Total)</c>.</param>
    public Stream<OverResult<T, TOut>> Aggregate<TOut>(Func<AggregateStart<T>, Aggregate<T, TOut>> aggregates) =>
        Aggregate(ActorStreams.Aggregate.Of<T>().And(aggregates));

    private protected override OverStream<TKey, T> With(LateRows<T> late) => With(_options with { Late = late });

    private OverStream<TKey, T> With(WindowOptions<T> options) => new(_source, Name, _frame, options);

    private sealed class Sliding<TOut>(OverStream<TKey, T> over) : IAggregateUse<T, TOut, Stream<OverResult<T, TOut>>>
    {
        public Stream<OverResult<T, TOut>> Of<TAgg, TAcc>(Aggregate<T, TAgg, TAcc, TOut> aggregate)
            where TAgg : struct, IAggregator<T, TAcc, TOut>
        {
            var node = new OverNode<TKey, T, TAgg, TAcc, TOut>(over.Name, over._source, over._frame, over._options, aggregate)
            {
                Errors = over._options.Errors,
            };
            Stream<OverResult<T, TOut>> results = over._source.Stream.Add(node);
            node.Late.Open(over._source.Stream.Pipeline, node);
            return results;
        }
    }
}

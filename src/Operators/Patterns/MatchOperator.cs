using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Revisable;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams;

/// <summary>Finds patterns in keyed streams.</summary>
public static class MatchOperator
{
    /// <summary>Finds a pattern in each key's rows, in the order of event time. Say next, if need be, what becomes of late rows and
    /// timed-out matches; then what a match gives: <see cref="PatternStream{TKey, T}.Select"/>.</summary>
    /// <param name="source">The keyed rows, with event times.</param>
    /// <param name="name">Stable and unique in the pipeline: partial matches and waiting rows are stored under it.</param>
    /// <param name="pattern">What to look for.</param>
    /// <param name="errors">What becomes of a row, or of a match when its result is computed, on which user code throws; null: as the job's
    /// options say.</param>
    /// <remarks>
    /// Rows wait until the watermark has passed them, in steps of a tenth of the pattern's shortest bound (1 ms to 1 s; 1 s without a
    /// bound). Rows of one key and event time are matched in the order of their arrival. A row that comes after its turn is late, and goes
    /// to the dead letters unless said otherwise. Keeps the rows that wait, and those of partial matches, each once, until the partial
    /// match is over.
    /// </remarks>
    public static PatternStream<TKey, T> Match<TKey, T>(this KeyedStream<TKey, T> source, string name, Pattern<T> pattern,
        ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(pattern);
        return new PatternStream<TKey, T>(source, name, pattern.Shape, new MatchSettings<TKey, T> { Errors = errors });
    }
}

/// <summary>Keyed rows in which a pattern is looked for. A row that comes after its turn goes to the dead letters unless said
/// otherwise.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class PatternStream<TKey, T> : WithLateRows<PatternStream<TKey, T>, T>
{
    private readonly KeyedStream<TKey, T> _source;
    private readonly PatternShape<T> _shape;
    private readonly MatchSettings<TKey, T> _settings;

    internal PatternStream(KeyedStream<TKey, T> source, string name, PatternShape<T> shape, MatchSettings<TKey, T> settings)
        : base(source.Stream.Pipeline, name) => (_source, _shape, _settings) = (source, shape, settings);

    /// <summary>Partial matches whose time is over come out of <paramref name="timedOut"/>, to be read once results are selected.</summary>
    /// <param name="select">The result of a timed-out match; at the event time of its deadline.</param>
    /// <param name="timedOut">The results.</param>
    public PatternStream<TKey, T> TimedOutTo<TOut>(Func<TimedOutMatch<TKey, T>, TOut> select, out Stream<TOut> timedOut)
    {
        ArgumentNullException.ThrowIfNull(select);
        return With(_settings with { TimedOut = SideOutput.TimedOut(Pipeline, Name, select, out timedOut) });
    }

    /// <summary>Matches rows as they come, by the job's clock; event times and watermarks do not matter, no row is late.</summary>
    /// <remarks>What is found then depends on when rows come, and may differ when a job goes on after a crash.</remarks>
    public PatternStream<TKey, T> InProcessingTime() => With(_settings with { IsProcessingTime = true });

    /// <summary>Matches rows at once, as they come, and takes back what later rows prove wrong, until the watermark has passed
    /// them.</summary>
    /// <exception cref="PipelineException">It is said after <see cref="InProcessingTime"/>, or after
    /// <see cref="WithLateRows{TSelf, T}.LateTo"/>: say that of what this gives.</exception>
    public RevisablePatternStream<TKey, T> Revisable()
    {
        if (_settings.IsProcessingTime)
            throw new PipelineException(
                $"Pipeline '{Pipeline.Name}', operator '{Name}': in processing time every match is final, so there is nothing to revise. Leave out {nameof(Revisable)} or {nameof(InProcessingTime)}.");
        if (_settings.Late.Stream is not null)
            throw new PipelineException(
                $"Pipeline '{Pipeline.Name}', operator '{Name}': say {nameof(LateTo)} after {nameof(Revisable)}: late rows are changes then.");
        Func<T, TKey> keyOf = _source.KeyOf;
        KeyedStream<TKey, Change<T>> changes = _source.Stream.Map(static row => Change<T>.Insert(row), $"{Name}-rows")
            .KeyBy(change => keyOf(change.Row));
        var settings = new RevisableSettings<TKey, T>
        {
            Late = _settings.Late.AreDropped ? LateRows<Change<T>>.Dropped : default,
            TimedOut = _settings.TimedOut,
            Errors = _settings.Errors,
        };
        return new RevisablePatternStream<TKey, T>(changes, Name, _shape, settings);
    }

    /// <summary>One result a match.</summary>
    /// <returns>(TKey, T) → TOut, at the time of the row that completes the match, or at which absence does.</returns>
    /// <exception cref="PipelineException">The name is taken, or the pattern cannot be used; the message says why.</exception>
    public Stream<TOut> Select<TOut>(Func<Match<TKey, T>, TOut> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(select, null);
    }

    /// <summary>None, one or many results a match.</summary>
    /// <returns>(TKey, T) → TOut, at the time of the row that completes the match, or at which absence does.</returns>
    /// <exception cref="PipelineException">The name is taken, or the pattern cannot be used; the message says why.</exception>
    public Stream<TOut> SelectMany<TOut>(Func<Match<TKey, T>, IEnumerable<TOut>> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(null, select);
    }

    private Stream<TOut> Add<TOut>(Func<Match<TKey, T>, TOut>? one, Func<Match<TKey, T>, IEnumerable<TOut>>? many)
    {
        MatchNode<TKey, T, TOut> node;
        try
        {
            node = new MatchNode<TKey, T, TOut>(Name, _source, _shape, _settings, one, many) { Errors = _settings.Errors };
        }
        catch (PipelineException error)
        {
            throw new PipelineException($"Pipeline '{Pipeline.Name}', operator '{Name}': {error.Message}", error);
        }

        Stream<TOut> results = _source.Stream.Add(node);
        node.Late.Open(Pipeline, node);
        _settings.TimedOut?.Open(Pipeline, node);
        return results;
    }

    private protected override PatternStream<TKey, T> With(LateRows<T> late) => With(_settings with { Late = late });

    private PatternStream<TKey, T> With(MatchSettings<TKey, T> settings) => new(_source, Name, _shape, settings);
}

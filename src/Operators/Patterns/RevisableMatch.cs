using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Patterns.Revisable;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams;

/// <summary>Finds patterns before the watermark has passed their rows, and takes back what later rows prove wrong.</summary>
public static class RevisableMatchOperator
{
    /// <summary>Finds a pattern in rows that come and are taken back: a match is emitted early, and taken back if one of its rows
    /// is.</summary>
    /// <param name="source">The keyed changes, with event times: a row is taken back at its own event time.</param>
    /// <param name="name">Stable and unique in the pipeline: partial matches and waiting rows are stored under it.</param>
    /// <param name="pattern">What to look for.</param>
    /// <param name="errors">What becomes of a row, or of a match when its result is computed, on which user code throws; null: as the job's
    /// options say.</param>
    /// <remarks>
    /// A row and its retraction are as if neither had come, in whichever order they come, as long as the watermark has not passed them. The
    /// row that is taken back is the newest one that is equal (by its own equality, or alike when stored) and of the same event time. A
    /// retraction whose row never came is an error of the retraction once the watermark has passed it.
    /// </remarks>
    public static RevisablePatternStream<TKey, T> Match<TKey, T>(
        this KeyedStream<TKey, Change<T>> source, string name, Pattern<T> pattern, ErrorPolicy? errors = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(pattern);
        return new RevisablePatternStream<TKey, T>(source, name, pattern.Shape, new RevisableSettings<TKey, T> { Errors = errors });
    }
}

/// <summary>Keyed rows in which a pattern is looked for at once, as they come. A row that comes after its turn goes to the dead letters
/// unless said otherwise.</summary>
/// <remarks>
/// A match is emitted with weight +1 as soon as its rows are there, though the watermark has not passed them. A row that comes out of
/// order, or a row that is taken back, may prove it wrong: it is emitted with weight -1. Once the watermark has passed it it is confirmed,
/// and stays. All changes together are exactly what the pattern finds in the order of event time.
/// </remarks>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class RevisablePatternStream<TKey, T> : WithLateRows<RevisablePatternStream<TKey, T>, Change<T>>
{
    private readonly KeyedStream<TKey, Change<T>> _source;
    private readonly PatternShape<T> _shape;
    private readonly RevisableSettings<TKey, T> _settings;

    internal RevisablePatternStream(KeyedStream<TKey, Change<T>> source, string name, PatternShape<T> shape,
        RevisableSettings<TKey, T> settings)
        : base(source.Stream.Pipeline, name) => (_source, _shape, _settings) = (source, shape, settings);

    /// <summary>The most rows and retractions of one key that the watermark has not passed. One more is an error of that row: it fails the
    /// job, or goes to the dead letters and counts as <c>rows_capped</c>. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public RevisablePatternStream<TKey, T> MaxUnconfirmedRows(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return With(_settings with { MaxRows = count });
    }

    /// <summary>Partial matches whose time is over come out of <paramref name="timedOut"/>, to be read once results are selected; only when
    /// the watermark has passed their deadline, so they are never taken back.</summary>
    /// <param name="select">The result of a timed-out match; at the event time of its deadline.</param>
    /// <param name="timedOut">The results.</param>
    public RevisablePatternStream<TKey, T> TimedOutTo<TOut>(Func<TimedOutMatch<TKey, T>, TOut> select, out Stream<TOut> timedOut)
    {
        ArgumentNullException.ThrowIfNull(select);
        return With(_settings with { TimedOut = SideOutput.TimedOut(Pipeline, Name, select, out timedOut) });
    }

    /// <summary>Each match comes out of <paramref name="confirmed"/> once, when the watermark has passed it and nothing can take it
    /// back.</summary>
    /// <param name="select">The result of a confirmed match.</param>
    /// <param name="confirmed">The results, to be read once results are selected.</param>
    public RevisablePatternStream<TKey, T> ConfirmedTo<TOut>(Func<Match<TKey, T>, TOut> select, out Stream<TOut> confirmed)
    {
        ArgumentNullException.ThrowIfNull(select);
        return With(_settings with { Confirmed = SideOutput.Of(Pipeline, Name, "confirmed", "confirmed matches", select, out confirmed) });
    }

    /// <summary>One result a match.</summary>
    /// <param name="select">The result of a match: a function of the match alone, since what is taken back is computed again.</param>
    /// <returns>(TKey, T) → changes of TOut, at the time of the row that completes the match, or at which absence does.</returns>
    /// <exception cref="PipelineException">The name is taken, or the pattern cannot be used; the message says why.</exception>
    public Stream<Change<TOut>> Select<TOut>(Func<Match<TKey, T>, TOut> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add<TOut>(revised => new Change<TOut>(select(revised.Match), revised.Weight), null);
    }

    /// <summary>None, one or many results a match.</summary>
    /// <param name="select">The results of a match: a function of the match alone, since what is taken back is computed again.</param>
    /// <returns>(TKey, T) → changes of TOut, at the time of the row that completes the match, or at which absence does.</returns>
    /// <exception cref="PipelineException">The name is taken, or the pattern cannot be used; the message says why.</exception>
    public Stream<Change<TOut>> SelectMany<TOut>(Func<Match<TKey, T>, IEnumerable<TOut>> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(null, revised => select(revised.Match).Select(row => new Change<TOut>(row, revised.Weight)));
    }

    private Stream<Change<TOut>> Add<TOut>(Func<RevisedMatch<TKey, T>, Change<TOut>>? one,
        Func<RevisedMatch<TKey, T>, IEnumerable<Change<TOut>>>? many)
    {
        RevisableNode<TKey, T, TOut> node;
        try
        {
            node = new RevisableNode<TKey, T, TOut>(Name, _source, _shape, _settings, one, many) { Errors = _settings.Errors };
        }
        catch (PipelineException error)
        {
            throw new PipelineException($"Pipeline '{Pipeline.Name}', operator '{Name}': {error.Message}", error);
        }

        Stream<Change<TOut>> results = _source.Stream.Add(node);
        node.Late.Open(Pipeline, node);
        _settings.TimedOut?.Open(Pipeline, node);
        _settings.Confirmed?.Open(Pipeline, node);
        return results;
    }

    private protected override RevisablePatternStream<TKey, T> With(LateRows<Change<T>> late) => With(_settings with { Late = late });

    private RevisablePatternStream<TKey, T> With(RevisableSettings<TKey, T> settings) => new(_source, Name, _shape, settings);
}

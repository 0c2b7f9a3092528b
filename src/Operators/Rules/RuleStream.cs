using ActorStreams.Core.Process;
using ActorStreams.Operators.Late;
using ActorStreams.Operators.Patterns.Regions;
using ActorStreams.Operators.Rules.Runtime;

namespace ActorStreams;

/// <summary>Keyed rows in which rules look for patterns. A row that comes after its turn goes to the dead letters unless said
/// otherwise.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The row.</typeparam>
public sealed class RuleStream<TKey, T> : WithLateRows<RuleStream<TKey, T>, T>
{
    private readonly KeyedStream<TKey, T> _source;
    private readonly Stream<RuleChange> _changes;
    private readonly RuleSettings<TKey, T> _settings;

    internal RuleStream(KeyedStream<TKey, T> source, string name, Stream<RuleChange> changes, RuleSettings<TKey, T> settings)
        : base(source.Stream.Pipeline, name) => (_source, _changes, _settings) = (source, changes, settings);

    /// <summary>Changes are in force from their arrival on: for every row that has not been matched yet. Their event times and watermarks
    /// do not matter.</summary>
    /// <remarks>For changes that come by hand, now and then. Which rows a change finds unmatched then depends on when it comes; each actor
    /// sees it in its own moment.</remarks>
    public RuleStream<TKey, T> ChangesOnArrival() => With(_settings with { IsOnArrival = true });

    /// <summary>A change that would drop partial matches goes to the dead letters instead, and what was in force stays so; at a restart it
    /// fails the job.</summary>
    public RuleStream<TKey, T> RefuseIncompatible() => With(_settings with { RefusesIncompatible = true });

    /// <summary>Partial matches whose time is over come out of <paramref name="timedOut"/>, to be read once results are selected.</summary>
    /// <param name="select">The result of a timed-out match; at the event time of its deadline.</param>
    /// <param name="timedOut">The results.</param>
    public RuleStream<TKey, T> TimedOutTo<TOut>(Func<TimedOutRuleMatch<TKey, T>, TOut> select, out Stream<TOut> timedOut)
    {
        ArgumentNullException.ThrowIfNull(select);
        return With(_settings with { TimedOut = SideOutput.TimedOut(Pipeline, Name, select, out timedOut) });
    }

    /// <summary>One result a match.</summary>
    /// <returns>(TKey, T) → TOut, at the time of the row that completes the match, or at which absence does. The order of rules at one row
    /// is not promised.</returns>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public Stream<TOut> Select<TOut>(Func<RuleMatch<TKey, T>, TOut> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(select, null);
    }

    /// <summary>None, one or many results a match.</summary>
    /// <returns>(TKey, T) → TOut, at the time of the row that completes the match, or at which absence does. The order of rules at one row
    /// is not promised.</returns>
    /// <exception cref="PipelineException">The name is taken.</exception>
    public Stream<TOut> SelectMany<TOut>(Func<RuleMatch<TKey, T>, IEnumerable<TOut>> select)
    {
        ArgumentNullException.ThrowIfNull(select);
        return Add(null, select);
    }

    private Stream<TOut> Add<TOut>(Func<RuleMatch<TKey, T>, TOut>? one, Func<RuleMatch<TKey, T>, IEnumerable<TOut>>? many)
    {
        Pipeline pipeline = Pipeline;
        var rows = new SideInput<TKey, T>(pipeline.NameFor("rows"), "rows of rules", _source, null);
        var changes = new SideInput<TKey, RuleChange>(pipeline.NameFor("changes"), "changes of rules",
            _changes.KeyBy(static _ => default(TKey)!), rows, SideRouting.ToAll);
        var node = new RuleNode<TKey, T, TOut>(Name, rows, changes, _settings, one, many) { Errors = _settings.Errors };
        pipeline.Add(rows);
        pipeline.Add(changes);
        Stream<TOut> results = _source.Stream.Add(node);
        node.Late.Open(pipeline, node);
        _settings.TimedOut?.Open(pipeline, node);
        return results;
    }

    private protected override RuleStream<TKey, T> With(LateRows<T> late) => With(_settings with { Late = late });

    private RuleStream<TKey, T> With(RuleSettings<TKey, T> settings) => new(_source, Name, _changes, settings);
}

using System.Text.RegularExpressions;
using ActorStreams.Operators.Aggregates;

namespace ActorStreams;

/// <summary>An aggregate over rows, whatever its result: one alone, or several side by side, each with its position.</summary>
/// <remarks>This is the type of a list of aggregates that is made while the program runs: <see cref="Aggregate.Compose{T}"/>.</remarks>
/// <typeparam name="TIn">The row.</typeparam>
public abstract class Aggregate<TIn>
{
    private protected Aggregate(string description, string? whyNotMerge, string? whyNotRetract)
    {
        ArgumentException.ThrowIfNullOrEmpty(description);
        (Description, WhyNotMerge, WhyNotRetract) = (description, whyNotMerge, whyNotRetract);
    }

    /// <summary>The aggregates in their order; one for an aggregate that is not composed.</summary>
    public abstract IReadOnlyList<AggregatePart> Parts { get; }

    /// <summary>What is computed, such as <c>count, max(Magnitude)</c>: the same in every run.</summary>
    public string Description { get; }

    /// <summary>Whether accumulators can be merged.</summary>
    public bool CanMerge => WhyNotMerge is null;

    /// <summary>Which parts cannot be merged, why, and what to use instead, as a sentence without its full stop; null if all can.</summary>
    public string? WhyNotMerge { get; }

    /// <summary>Whether rows can be taken back.</summary>
    public bool CanRetract => WhyNotRetract is null;

    /// <summary>Which parts cannot take rows back, why, and what to use instead, as a sentence without its full stop; null if all
    /// can.</summary>
    public string? WhyNotRetract { get; }

    /// <summary>What state is stored under, such as <c>count, max</c>: other kinds of accumulators may have the same type and mean
    /// something else, a renamed property means the same.</summary>
    internal string Definition => AggregateText.InBrackets().Replace(Description, "");

    /// <summary>Turns the results into a type of the user's own: of any number of aggregates.</summary>
    /// <returns>
    /// Without names, <typeparamref name="TResult"/> is made by the public constructor that has one parameter for each aggregate, in their
    /// order; a tuple may be named, as in <c>Into&lt;(long Count, double? Max)&gt;()</c>. With names
    /// (<see cref="Aggregate{TIn, TOut}.As"/>), each result goes to the constructor's parameter or the property of that name; then all need
    /// one.
    /// </returns>
    /// <remarks>Compiled once, when the pipeline is built; called once a result, not once a row.</remarks>
    /// <exception cref="PipelineException">
    /// No constructor or property fits; the message names the aggregate, and what there is instead. A result that may be null, as of
    /// <c>Max</c>, needs a type that may be null.
    /// </exception>
    public abstract Aggregate<TIn, TResult> Into<TResult>();

    /// <summary>This and the next, both of types that only they themselves know.</summary>
    internal abstract Aggregate<TIn> Then(Aggregate<TIn> next);

    /// <summary>The other half of <see cref="Then"/>.</summary>
    internal abstract Aggregate<TIn> After<TBefore>(Aggregate<TIn, TBefore> before);

    /// <summary>For windows that merge.</summary>
    /// <exception cref="PipelineException">Accumulators cannot be merged.</exception>
    internal void CheckMerges(string pipeline, string name, string windows)
    {
        if (!CanMerge)
        {
            throw new PipelineException($"Pipeline '{pipeline}', operator '{name}': its windows merge ({windows}), so their accumulators " +
                $"must, too. {WhyNotMerge}.");
        }
    }
}

/// <summary>An aggregate over rows: made by <see cref="Aggregate"/>, continued by its own methods, each of which adds one more.</summary>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TOut">The result. Of aggregates that follow one another it is a pair of what came before and the last:
/// <c>(long, double?)</c> of two, <c>((long, double?), long)</c> of three. <c>Into</c> gives them names and a type.</typeparam>
public abstract class Aggregate<TIn, TOut> : Aggregate<TIn>
{
    private protected Aggregate(string description, string? whyNotMerge, string? whyNotRetract)
        : base(description, whyNotMerge, whyNotRetract)
    {
    }

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="next">The one to add.</param>
    /// <returns>A pair of the results so far and the next one.</returns>
    public Aggregate<TIn, (TOut, TNext)> And<TNext>(Aggregate<TIn, TNext> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return BeforeNext(next);
    }

    /// <summary>Computes one more aggregate over the same rows.</summary>
    /// <param name="next">The one to add, as in <c>And(rows => rows.Max(row => row.Price))</c>.</param>
    /// <returns>A pair of the results so far and the next one.</returns>
    public Aggregate<TIn, (TOut, TNext)> And<TNext>(Func<AggregateStart<TIn>, Aggregate<TIn, TNext>> next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return And(next(default));
    }

    /// <summary>Names the result of the last aggregate, for <see cref="Aggregate{TIn}.Into{TResult}"/>.</summary>
    /// <param name="name">A property or constructor parameter; case does not matter.</param>
    public abstract Aggregate<TIn, TOut> As(string name);

    /// <summary>Turns the result into another.</summary>
    /// <param name="result">The new result; called once a result, not once a row.</param>
    public Aggregate<TIn, TResult> Into<TResult>(Func<TOut, TResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Mapped(result);
    }

    /// <inheritdoc/>
    public override Aggregate<TIn, TResult> Into<TResult>() => Mapped(ResultMapping.Of<TOut, TResult>(Description, Parts));

    /// <summary>Hands the aggregate over with all its types, for an operator that is compiled for them.</summary>
    /// <param name="use">What is done with it.</param>
    public abstract TResult Use<TResult>(IAggregateUse<TIn, TOut, TResult> use);

    internal override Aggregate<TIn> Then(Aggregate<TIn> next) => next.After(this);

    internal override Aggregate<TIn> After<TBefore>(Aggregate<TIn, TBefore> before) => before.And(this);

    private protected abstract Aggregate<TIn, (TOut, TNext)> BeforeNext<TNext>(Aggregate<TIn, TNext> next);

    private protected abstract Aggregate<TIn, TResult> Mapped<TResult>(Func<TOut, TResult> result);

    internal abstract Aggregate<TIn, (TBefore, TOut)> Paired<TAgg, TAcc, TBefore>(Aggregate<TIn, TAgg, TAcc, TBefore> before)
        where TAgg : struct, IAggregator<TIn, TAcc, TBefore>;
}

/// <summary>An aggregate with all its types, for authors of operators.</summary>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TAgg">How it is computed.</typeparam>
/// <typeparam name="TAcc">What is kept per key and window.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
public sealed class Aggregate<TIn, TAgg, TAcc, TOut> : Aggregate<TIn, TOut>
    where TAgg : struct, IAggregator<TIn, TAcc, TOut>
{
    private readonly IReadOnlyList<AggregatePart> _parts;

    /// <summary>An aggregate computed by <paramref name="aggregator"/>, which can do what the interfaces it implements say.</summary>
    /// <param name="aggregator">How it is computed.</param>
    /// <param name="description">For plans and errors, such as <c>max(Magnitude)</c>: the same in every run.</param>
    public Aggregate(TAgg aggregator, string description)
        : this(aggregator, description,
            aggregator is IMergeable<TAcc>
                ? null
                : $"{description} cannot be merged: '{typeof(TAgg).Name}' does not implement {nameof(IMergeable<>)}",
            aggregator is IRetractable<TIn, TAcc>
                ? null
                : $"{description} cannot take rows back: '{typeof(TAgg).Name}' does not implement {nameof(IRetractable<,>)}")
    {
    }

    internal Aggregate(
        TAgg aggregator, string description, string? whyNotMerge, string? whyNotRetract, IReadOnlyList<AggregatePart>? parts = null)
        : base(description, whyNotMerge, whyNotRetract) =>
        (Aggregator, _parts) = (aggregator, parts ?? [new AggregatePart(description, null, typeof(TOut))]);

    /// <summary>How it is computed.</summary>
    public TAgg Aggregator { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<AggregatePart> Parts => _parts;

    /// <inheritdoc/>
    public override Aggregate<TIn, TOut> As(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Aggregate<TIn, TAgg, TAcc, TOut>(
            Aggregator, Description, WhyNotMerge, WhyNotRetract, [.. _parts.SkipLast(1), _parts[^1] with { Name = name }]);
    }

    /// <inheritdoc/>
    public override TResult Use<TResult>(IAggregateUse<TIn, TOut, TResult> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        return use.Of(this);
    }

    private protected override Aggregate<TIn, (TOut, TNext)> BeforeNext<TNext>(Aggregate<TIn, TNext> next) => next.Paired(this);

    internal override Aggregate<TIn, (TBefore, TOut)> Paired<TA, TAccA, TBefore>(Aggregate<TIn, TA, TAccA, TBefore> before) =>
        new Aggregate<TIn, Both<TIn, TA, TAccA, TBefore, TAgg, TAcc, TOut>, (TAccA First, TAcc Second), (TBefore, TOut)>(
            new(before.Aggregator, Aggregator), $"{before.Description}, {Description}",
            Both(before.WhyNotMerge, WhyNotMerge), Both(before.WhyNotRetract, WhyNotRetract),
            [.. before.Parts.Select(static part => part.In(1)), .. _parts.Select(static part => part.In(2))]);

    private protected override Aggregate<TIn, TResult> Mapped<TResult>(Func<TOut, TResult> result) =>
        new Aggregate<TIn, MappedResult<TIn, TAgg, TAcc, TOut, TResult>, TAcc, TResult>(
            new(Aggregator, result), Description, WhyNotMerge, WhyNotRetract);

    private static string? Both(string? a, string? b) => a is null ? b : b is null ? a : $"{a}; {b}";
}

/// <summary>Something to be done with an aggregate whose accumulator is known to nobody but itself.</summary>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TOut">The aggregate's result.</typeparam>
/// <typeparam name="TResult">What comes of it.</typeparam>
public interface IAggregateUse<TIn, TOut, out TResult>
{
    /// <summary>Called once, with the aggregate and its types.</summary>
    TResult Of<TAgg, TAcc>(Aggregate<TIn, TAgg, TAcc, TOut> aggregate)
        where TAgg : struct, IAggregator<TIn, TAcc, TOut>;
}

/// <summary>The text of aggregates.</summary>
internal static partial class AggregateText
{
    /// <summary>Everything in brackets, brackets in it included.</summary>
    [GeneratedRegex(@"\((?>[^()]+|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: Timeout.Infinite)]
    public static partial Regex InBrackets();
}

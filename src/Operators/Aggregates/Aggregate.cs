using ActorStreams.Core;
using System.Text.RegularExpressions;

namespace ActorStreams.Operators.Aggregates;

/// <summary>An aggregate ready to be used by a window: made by <see cref="Aggregates"/>, extended by its own methods.</summary>
/// <typeparam name="TIn">The row.</typeparam>
/// <typeparam name="TAgg">How it is computed.</typeparam>
/// <typeparam name="TAcc">What is kept per key and window.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
public sealed class Aggregate<TIn, TAgg, TAcc, TOut>
    where TAgg : struct, IAggregator<TIn, TAcc, TOut>
{
    /// <summary>An aggregate computed by <paramref name="aggregator"/>, which can do what the interfaces it implements say.</summary>
    /// <param name="aggregator">How it is computed.</param>
    /// <param name="description">For plans and errors, such as <c>max(Magnitude)</c>: the same in every run.</param>
    public Aggregate(TAgg aggregator, string description)
        : this(aggregator, description,
            aggregator is IMergeable<TAcc> ? null : $"{description} cannot be merged: '{typeof(TAgg).Name}' does not implement {nameof(IMergeable<>)}",
            aggregator is IRetractable<TIn, TAcc> ? null : $"{description} cannot take rows back: '{typeof(TAgg).Name}' does not implement {nameof(IRetractable<,>)}")
    {
    }

    internal Aggregate(TAgg aggregator, string description, string? whyNotMerge, string? whyNotRetract)
    {
        ArgumentException.ThrowIfNullOrEmpty(description);
        (Aggregator, Description, WhyNotMerge, WhyNotRetract) = (aggregator, description, whyNotMerge, whyNotRetract);
    }

    /// <summary>How it is computed.</summary>
    public TAgg Aggregator { get; }

    /// <summary>What it computes, such as <c>count, max(Magnitude)</c>: the same in every run.</summary>
    public string Description { get; }

    /// <summary>What state is stored under, such as <c>count, max</c>: other kinds of accumulators may have the same type and mean something else, a renamed property means the same.</summary>
    internal string Definition => AggregateText.InBrackets().Replace(Description, "");

    /// <summary>Whether accumulators can be merged.</summary>
    public bool CanMerge => WhyNotMerge is null;

    /// <summary>Which parts cannot be merged, why, and what to use instead, as a sentence without its full stop; null if all can.</summary>
    public string? WhyNotMerge { get; }

    /// <summary>Whether rows can be taken back.</summary>
    public bool CanRetract => WhyNotRetract is null;

    /// <summary>Which parts cannot take rows back, why, and what to use instead, as a sentence without its full stop; null if all can.</summary>
    public string? WhyNotRetract { get; }

    /// <summary>For windows that merge.</summary>
    /// <exception cref="PipelineException">Accumulators cannot be merged.</exception>
    internal void CheckMerges(string pipeline, string name, string windows)
    {
        if (!CanMerge)
            throw new PipelineException($"Pipeline '{pipeline}', operator '{name}': its windows merge ({windows}), so their accumulators must, too. {WhyNotMerge}.");
    }
}

/// <summary>The text of aggregates.</summary>
internal static partial class AggregateText
{
    /// <summary>Everything in brackets, brackets in it included.</summary>
    [GeneratedRegex(@"\((?>[^()]+|(?<open>\()|(?<-open>\)))*(?(open)(?!))\)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: Timeout.Infinite)]
    public static partial Regex InBrackets();
}

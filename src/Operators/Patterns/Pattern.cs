using ActorStreams.Operators.Patterns.Compilation;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams;

/// <summary>A condition that sees what has been matched so far.</summary>
/// <param name="row">The row in question; not part of <paramref name="soFar"/> yet.</param>
/// <param name="soFar">The partial match that would take it; valid during the call.</param>
/// <typeparam name="T">The stream's rows.</typeparam>
/// <typeparam name="TStage">The rows of the stage.</typeparam>
public delegate bool IterativeCondition<T, in TStage>(TStage row, PartialMatch<T> soFar);

/// <summary>Begins patterns.</summary>
/// <example><code>
/// var fail  = Pattern.Begin&lt;Login&gt;("fail").Where(l => !l.Succeeded).Times(3).Consecutive();
/// var alert = fail.NotFollowedBy("success", l => l.Succeeded).Within(TimeSpan.FromMinutes(10));
/// </code></example>
public static partial class Pattern
{
    /// <summary>A pattern whose first stage is <paramref name="name"/>; any row can start a match.</summary>
    /// <param name="name">Unique in the pattern; stored with partial matches.</param>
    /// <param name="where">What a row of the stage satisfies; null: every row does.</param>
    public static Pattern<T, T> Begin<T>(string name, Func<T, bool>? where = null) =>
        Pattern<T>.Then<T>(new PatternShape<T>(),
            new Element<T>(PatternRules.Name(name), Contiguity.Begin) { Where = Condition<T>.Of(where) });

    /// <summary>A pattern that begins with a group, which can be repeated as a whole. If the group has a time bound
    /// (<see cref="Pattern{T, TStage}.Within"/>), each run through it
    /// keeps it: its last row comes less than that after its first.</summary>
    /// <exception cref="PipelineException">A skip strategy or limit is set on the group: it belongs to the whole pattern.</exception>
    public static Pattern<T, T> Begin<T>(Pattern<T> group) =>
        Pattern<T>.Then<T>(new PatternShape<T>(), PatternRules.Group(group, Contiguity.Begin));
}

/// <summary>What to look for in the rows of one key: stages in order, each with a condition and a quantifier. Immutable.</summary>
/// <remarks>Start with <see cref="Pattern.Begin{T}(string, Func{T, bool})"/>; use with <see cref="MatchOperator"/>. Semantics are those of
/// Apache Flink's CEP library.</remarks>
/// <typeparam name="T">The row.</typeparam>
public abstract class Pattern<T>
{
    private protected Pattern(PatternShape<T> shape) => Shape = shape;

    internal PatternShape<T> Shape { get; }

    /// <summary>The name of the last stage, which this pattern is the handle of; empty after a group.</summary>
    internal string StageName => Shape.Elements[^1].Name;

    /// <summary>The conditions by the names they have in <see cref="ToText"/>.</summary>
    /// <remarks>A condition that was given without a name has that of its stage (<c>stage_until</c> after <c>until</c>), with a number if
    /// that is taken.</remarks>
    public PatternConditions<T> Conditions => new ConditionNames<T>(Shape.Elements).Conditions;

    /// <summary>The pattern as text, in one line; <see cref="Pattern.Parse"/> with <see cref="Conditions"/> makes the same pattern of
    /// it.</summary>
    public string ToText() => PatternPrinter<T>.Print(Shape);

    /// <summary>As <see cref="ToText"/>.</summary>
    public override string ToString() => ToText();

    internal static Pattern<T, TNext> Then<TNext>(PatternShape<T> shape, Element<T> element)
        where TNext : T =>
        new(shape with { Elements = [.. shape.Elements, element] });
}

/// <summary>A pattern, and the handle of its last stage: <c>match[handle]</c> gives the stage's rows.</summary>
/// <typeparam name="T">The stream's rows.</typeparam>
/// <typeparam name="TStage">The rows of the last stage.</typeparam>
public sealed class Pattern<T, TStage> : Pattern<T>
    where TStage : T
{
    internal Pattern(PatternShape<T> shape)
        : base(shape)
    {
    }

    private Element<T> Last => Shape.Elements[^1];

    /// <summary>The stage's rows satisfy this too.</summary>
    /// <exception cref="PipelineException">The last part is a group.</exception>
    public Pattern<T, TStage> Where(Func<TStage, bool> condition) => And(Simple(condition));

    /// <summary>The stage's rows satisfy this too, which depends on what has been matched so far.</summary>
    /// <exception cref="PipelineException">The last part is a group.</exception>
    public Pattern<T, TStage> Where(IterativeCondition<T, TStage> condition) => And(Iterative(condition));

    /// <summary>The stage's rows satisfy this, or else what was said before.</summary>
    /// <exception cref="PipelineException">The last part is a group, or has no condition yet.</exception>
    public Pattern<T, TStage> Or(Func<TStage, bool> condition) => Or(Simple(condition));

    /// <summary>The stage's rows satisfy this, or else what was said before.</summary>
    /// <exception cref="PipelineException">The last part is a group, or has no condition yet.</exception>
    public Pattern<T, TStage> Or(IterativeCondition<T, TStage> condition) => Or(Iterative(condition));

    /// <summary>The stage's rows are of this type.</summary>
    /// <exception cref="PipelineException">The last part is a group.</exception>
    public Pattern<T, TSub> Subtype<TSub>()
        where TSub : TStage
    {
        PatternRules.NotGroup(Last, nameof(Subtype));
        return new(Changed(Last with { Where = Condition<T>.And(Last.Where, SubtypeCondition<T, TSub>.Instance) }));
    }

    /// <summary>An unbounded repetition ends with a row that satisfies this; the row is not taken.</summary>
    /// <exception cref="PipelineException">The last part is not <see cref="OneOrMore"/> or <see cref="TimesOrMore"/>, or has an end
    /// already.</exception>
    public Pattern<T, TStage> Until(Func<TStage, bool> condition) => With(PatternRules.Until(Last, Simple(condition)));

    /// <summary>An unbounded repetition ends with a row that satisfies this; the row is not taken.</summary>
    /// <exception cref="PipelineException">The last part is not <see cref="OneOrMore"/> or <see cref="TimesOrMore"/>, or has an end
    /// already.</exception>
    public Pattern<T, TStage> Until(IterativeCondition<T, TStage> condition) => With(PatternRules.Until(Last, Iterative(condition)));

    /// <summary>Exactly <paramref name="times"/> rows, or repetitions of the group.</summary>
    /// <exception cref="PipelineException">A quantifier is set already, the stage is a negation, or the number is below 1.</exception>
    public Pattern<T, TStage> Times(int times) => Times(times, times);

    /// <summary>From <paramref name="min"/> to <paramref name="max"/> rows, or repetitions of the group.</summary>
    /// <exception cref="PipelineException">A quantifier is set already, the stage is a negation, or the numbers are not 1 ≤ min ≤
    /// max.</exception>
    public Pattern<T, TStage> Times(int min, int max) => With(PatternRules.Quantified(Last, min, max));

    /// <summary>One row or more; bounded by <see cref="Within"/>, <see cref="Until(Func{TStage, bool})"/> or
    /// <see cref="MaxPartialMatches"/>.</summary>
    /// <exception cref="PipelineException">A quantifier is set already, or the stage is a negation.</exception>
    public Pattern<T, TStage> OneOrMore() => TimesOrMore(1);

    /// <summary><paramref name="min"/> rows or more.</summary>
    /// <exception cref="PipelineException">A quantifier is set already, the stage is a negation, or the number is below 1.</exception>
    public Pattern<T, TStage> TimesOrMore(int min) => With(PatternRules.Quantified(Last, min, null));

    /// <summary>The stage with all its repetitions may be absent.</summary>
    /// <exception cref="PipelineException">It is optional already, is a negation, or follows a greedy stage.</exception>
    public Pattern<T, TStage> Optional() => With(PatternRules.Optional(Last, Shape));

    /// <summary>Takes as many rows as possible: while a row satisfies the repeated stage it is not left to the stage after it.</summary>
    /// <exception cref="PipelineException">The stage is not repeated, is a group, or allows combinations.</exception>
    public Pattern<T, TStage> Greedy() => With(PatternRules.Greedy(Last));

    /// <summary>Between repetitions no other row may come.</summary>
    /// <exception cref="PipelineException">The stage is not repeated, or allows combinations.</exception>
    public Pattern<T, TStage> Consecutive() => With(PatternRules.Inner(Last, Contiguity.Strict));

    /// <summary>Between repetitions any row may be skipped, those that satisfy the condition too: every combination is a match of its
    /// own.</summary>
    /// <exception cref="PipelineException">The stage is not repeated, is greedy, or consecutive.</exception>
    public Pattern<T, TStage> AllowCombinations() => With(PatternRules.Inner(Last, Contiguity.Any));

    /// <summary>The stage's (first) row comes less than this after the row matched before it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive.</exception>
    public Pattern<T, TStage> WithinPrevious(TimeSpan span) => With(Last with { WithinPrevious = Positive(span) });

    /// <summary>Each repetition comes less than this after the one before it. In a group that is repeated, <see cref="WithinPrevious"/>
    /// bounds the stages.</summary>
    /// <exception cref="PipelineException">The stage is not repeated.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Not positive.</exception>
    public Pattern<T, TStage> WithinLoop(TimeSpan span) => With(PatternRules.WithinLoop(Last, Positive(span)));

    /// <summary>The whole match: its last row comes less than this after its first. Given more than once, the shortest counts. Of a
    /// pattern that is used as a group it bounds
    /// each run through the group: so it bounds a part of a pattern, or a loop as a whole.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive.</exception>
    public Pattern<T, TStage> Within(TimeSpan span) => new(Shape with { Within = Math.Min(Shape.Within ?? long.MaxValue, Positive(span)) });

    /// <summary>What becomes of other partial matches once a match is emitted; default: nothing,
    /// <see cref="ActorStreams.AfterMatch.NoSkip"/>.</summary>
    public Pattern<T, TStage> AfterMatch(AfterMatch strategy) =>
        new(Shape with { Skip = strategy ?? throw new ArgumentNullException(nameof(strategy)) });

    /// <summary>The most partial matches of one key. A row that would make more of them is an error of that row: it fails the job, or goes
    /// to the dead letters and counts as <c>rows_capped</c>. Default: 10,000; a pattern that can grow without bound must say it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public Pattern<T, TStage> MaxPartialMatches(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new(Shape with { MaxPartialMatches = count });
    }

    /// <summary>The very next row is of this stage.</summary>
    /// <param name="name">Unique in the pattern; stored with partial matches.</param>
    /// <param name="where">What a row of the stage satisfies; null: every row does.</param>
    public Pattern<T, T> Next(string name, Func<T, bool>? where = null) => Then(name, Contiguity.Strict, where);

    /// <summary>The group begins with the very next row.</summary>
    public Pattern<T, T> Next(Pattern<T> group) => Then(group, Contiguity.Strict);

    /// <summary>The next row that satisfies the condition is of this stage; others in between are skipped.</summary>
    /// <param name="name">Unique in the pattern; stored with partial matches.</param>
    /// <param name="where">What a row of the stage satisfies; null: every row does.</param>
    public Pattern<T, T> FollowedBy(string name, Func<T, bool>? where = null) => Then(name, Contiguity.Relaxed, where);

    /// <summary>The group follows; rows in between are skipped.</summary>
    public Pattern<T, T> FollowedBy(Pattern<T> group) => Then(group, Contiguity.Relaxed);

    /// <summary>Any later row that satisfies the condition is of this stage, each in a match of its own.</summary>
    /// <param name="name">Unique in the pattern; stored with partial matches.</param>
    /// <param name="where">What a row of the stage satisfies; null: every row does.</param>
    public Pattern<T, T> FollowedByAny(string name, Func<T, bool>? where = null) => Then(name, Contiguity.Any, where);

    /// <summary>The group follows, beginning with any later row that fits, each in a match of its own.</summary>
    public Pattern<T, T> FollowedByAny(Pattern<T> group) => Then(group, Contiguity.Any);

    /// <summary>The very next row does not satisfy the condition.</summary>
    /// <param name="name">Unique in the pattern.</param>
    /// <param name="where">What must not come; null: any row.</param>
    /// <exception cref="PipelineException">The stage before it is optional.</exception>
    public Pattern<T, T> NotNext(string name, Func<T, bool>? where = null) => Then(name, Contiguity.NotNext, where);

    /// <summary>No row that satisfies the condition comes before the next stage; at the end of the pattern, before the time is over: then
    /// absence is a match.</summary>
    /// <param name="name">Unique in the pattern.</param>
    /// <param name="where">What must not come; null: any row.</param>
    /// <exception cref="PipelineException">The stage before it is optional.</exception>
    public Pattern<T, T> NotFollowedBy(string name, Func<T, bool>? where = null) => Then(name, Contiguity.NotFollowedBy, where);

    private static long Positive(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.FromMicroseconds(1));
        return span.ToMicros();
    }

    private static SimpleCondition<T> Simple(Func<TStage, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return condition as object is Func<T, bool> same ? new(same) : new(row => row is TStage stage && condition(stage));
    }

    private static RunCondition<T> Iterative(IterativeCondition<T, TStage> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return condition as object is IterativeCondition<T, T> same ? new(same)
            : new((row, soFar) => row is TStage stage && condition(stage, soFar));
    }

    private Pattern<T, TStage> And(Condition<T> condition)
    {
        PatternRules.NotGroup(Last, nameof(Where));
        return With(Last with { Where = Condition<T>.And(Last.Where, condition) });
    }

    private Pattern<T, TStage> Or(Condition<T> condition)
    {
        PatternRules.NotGroup(Last, nameof(Or));
        if (Last.Where is null)
            throw new PipelineException($"Stage '{Last.Name}' takes every row: say Where before Or.");
        return With(Last with { Where = new OrCondition<T>(Last.Where, condition) });
    }

    private Pattern<T, TStage> With(Element<T> last) => new(Changed(last));

    private PatternShape<T> Changed(Element<T> last) => Shape with { Elements = [.. Shape.Elements[..^1], last] };

    private Pattern<T, T> Then(string name, Contiguity contiguity, Func<T, bool>? where)
    {
        PatternRules.MayFollow(Last, contiguity);
        return Then<T>(Shape, new Element<T>(PatternRules.Name(name), contiguity) { Where = Condition<T>.Of(where) });
    }

    private Pattern<T, T> Then(Pattern<T> group, Contiguity contiguity) =>
        Then<T>(Shape, PatternRules.Group(group, contiguity));
}

using System.Runtime.CompilerServices;
using ActorStreams.Operators.Patterns.Text;

namespace ActorStreams.Operators.Rules.Runtime;

/// <summary>One way in which a row may satisfy a condition: a property equals a value and, besides, the test passes. Without either: any
/// row may.</summary>
/// <param name="Anchor">The equality; null: none is known.</param>
/// <param name="Test">What else the row satisfies; null: nothing is known.</param>
/// <param name="Key">The same for the same anchor and test, whichever rule says them.</param>
internal readonly record struct CoverPart<T>(PropertyCondition<T>? Anchor, Func<T, bool>? Test, string Key);

/// <summary>What every row that satisfies a condition satisfies by itself, as a choice of parts.</summary>
internal static class ConditionCover<T>
{
    private static readonly ConditionalWeakTable<object, string> s_ids = [];
    private static long s_lastId;

    /// <returns>Null if nothing is known: any row may satisfy it.</returns>
    public static List<CoverPart<T>>? Of(Condition<T>? condition) => condition switch
    {
        null => null,
        PropertyCondition<T> equality => [new(equality, null, equality.Name!)],
        SimpleCondition<T> simple => [new(null, simple.Test, IdOf(simple))],
        AndCondition<T> and => Of(and),
        OrCondition<T> or => Of(or.First) is { } first && Of(or.Second) is { } second ? [.. first, .. second] : null,
        NotCondition<T> not when Exact(not.Inner) is { } inner => [new(null, row => !inner(row), $"!{KeyOf(not.Inner)}")],
        _ => null,
    };

    /// <summary>What a match may begin with.</summary>
    /// <returns>Null if nothing is known.</returns>
    public static List<CoverPart<T>>? OfStart(Element<T>[] elements)
    {
        var parts = new List<CoverPart<T>>();
        foreach (Element<T> element in elements)
        {
            if ((element.Group is null ? Of(element.Where) : OfStart(element.Group)) is not { } own)
                return null;
            parts.AddRange(own);
            if (!element.IsOptional)
                return parts;
        }

        // Nothing is required: what follows the group may begin the match as well.
        return null;
    }

    /// <summary>What may change a partial match, if nothing but what its stages and ends name can.</summary>
    /// <returns>Null if any row may.</returns>
    public static List<CoverPart<T>>? OfAll(Element<T>[] elements)
    {
        var parts = new List<CoverPart<T>>();
        foreach (Element<T> element in elements)
        {
            if ((element.Group is null ? Of(element.Where) : OfAll(element.Group)) is not { } own)
                return null;
            parts.AddRange(own);
        }

        return parts;
    }

    private static List<CoverPart<T>>? Of(AndCondition<T> and)
    {
        (List<CoverPart<T>>? first, List<CoverPart<T>>? second) = (Of(and.First), Of(and.Second));
        if (first is null || second is null)
            return first ?? second;
        (List<CoverPart<T>> kept, Condition<T> other) = Cost(second) < Cost(first) ? (second, and.First) : (first, and.Second);
        if (Necessary(other) is not { } test)
            return kept;
        string key = KeyOf(other);
        return [.. kept.Select(
            part => new CoverPart<T>(part.Anchor, part.Test is { } own ? row => own(row) && test(row) : test, $"{part.Key} & {key}"))];
    }

    private static int Cost(List<CoverPart<T>> parts) => parts.Sum(part => part.Anchor is null ? 1000 : 1);

    /// <summary>What a row that satisfies the condition satisfies by itself.</summary>
    private static Func<T, bool>? Necessary(Condition<T> condition) => condition switch
    {
        SimpleCondition<T> simple => simple.Test,
        AndCondition<T> and => (Necessary(and.First), Necessary(and.Second)) switch
        {
            ({ } a, { } b) => row => a(row) && b(row),
            var (a, b) => a ?? b,
        },
        OrCondition<T> or => (Necessary(or.First), Necessary(or.Second)) is ({ } a, { } b) ? row => a(row) || b(row) : null,
        NotCondition<T> not when Exact(not.Inner) is { } inner => row => !inner(row),
        _ => null,
    };

    /// <summary>The condition, if it looks at the row alone.</summary>
    private static Func<T, bool>? Exact(Condition<T> condition) => condition switch
    {
        SimpleCondition<T> simple => simple.Test,
        AndCondition<T> and => (Exact(and.First), Exact(and.Second)) is ({ } a, { } b) ? row => a(row) && b(row) : null,
        OrCondition<T> or => (Exact(or.First), Exact(or.Second)) is ({ } a, { } b) ? row => a(row) || b(row) : null,
        NotCondition<T> not => Exact(not.Inner) is { } inner ? row => !inner(row) : null,
        _ => null,
    };

    private static string KeyOf(Condition<T> condition) => condition switch
    {
        PropertyCondition<T> equality => equality.Name!,
        AndCondition<T> and => $"({KeyOf(and.First)} & {KeyOf(and.Second)})",
        OrCondition<T> or => $"({KeyOf(or.First)} | {KeyOf(or.Second)})",
        NotCondition<T> not => $"!{KeyOf(not.Inner)}",
        SimpleCondition<T> simple => IdOf(simple),
        _ => IdOf(condition),
    };

    /// <summary>Conditions of a vocabulary are the same object in every rule; those made in code are alike if their function is.</summary>
    private static string IdOf(Condition<T> condition) =>
        s_ids.GetValue(condition is SimpleCondition<T> simple ? simple.Test : condition,
            _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"#{Interlocked.Increment(ref s_lastId)}"));
}
